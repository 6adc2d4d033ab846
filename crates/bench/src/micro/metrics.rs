//! Showing: a scrape, the commit of an account, and the same scrape by the `prometheus` crate.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use divan::{Bencher, black_box, counter::ItemsCount};
use orgsweep_bench::board::{filled, registry, report, shown, text};
use orgsweep_posture::{Board, Text};
use prometheus::{Encoder, TextEncoder};

const SIZES: [usize; 3] = [10_000, 200_000, 1_000_000];

/// A board with about so many series, made once.
fn board(series: usize) -> Arc<Board> {
    static BOARDS: LazyLock<Mutex<HashMap<usize, Arc<Board>>>> = LazyLock::new(Mutex::default);
    Arc::clone(BOARDS.lock().unwrap().entry(series).or_insert_with(|| Arc::new(filled(series))))
}

/// What a scrape asks of the board. The pieces are sent as they are.
#[divan::bench(args = SIZES, sample_count = 20)]
fn scrape(bencher: Bencher<'_, '_>, series: usize) {
    let board = board(series);
    bencher.counter(ItemsCount::new(shown(&board))).bench(|| black_box(board.render()));
}

/// The same, with the pieces copied into one text, which is what the `prometheus` crate makes.
#[divan::bench(args = SIZES, sample_count = 20)]
fn scrape_as_one_text(bencher: Bencher<'_, '_>, series: usize) {
    let board = board(series);
    bencher.counter(ItemsCount::new(shown(&board))).bench(|| black_box(text(&board)));
}

/// The same as one gzip stream, of parts that were compressed when they changed.
#[divan::bench(args = SIZES, sample_count = 20)]
fn scrape_as_gzip(bencher: Bencher<'_, '_>, series: usize) {
    let board = board(series);
    bencher.counter(ItemsCount::new(shown(&board))).bench(|| black_box(Text::gzip(&board.texts()).concat()));
}

/// What a sweep's end costs the board, whatever is on it already.
#[divan::bench(args = SIZES, sample_count = 20)]
fn commit_of_an_account(bencher: Bencher<'_, '_>, series: usize) {
    let board = board(series);
    let report = report(7);
    bencher.bench(|| board.commit(black_box(&report)));
}

/// As many series of the same names and labels in the `prometheus` crate.
#[divan::bench(args = [SIZES[1], SIZES[2]], sample_count = 3, sample_size = 1)]
fn scrape_by_the_prometheus_crate(bencher: Bencher<'_, '_>, series: usize) {
    let registry = registry(&String::from_utf8(text(&board(series))).unwrap());
    bencher.counter(ItemsCount::new(shown(&board(series)))).bench(|| {
        let mut text = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut text).unwrap();
        text
    });
}
