//! Passing the gate, when nobody has to wait there.

use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use orgsweep_aws::{Gate, Limits, Traveller};
use tokio::{runtime::Runtime, task::JoinSet};

const TASKS: usize = 64;
const PASSES: usize = 100;

/// So wide that no request waits.
fn gate() -> Arc<Gate> {
    let rates = || [("default".to_owned(), 100_000.0)].into();
    Arc::new(Gate::new(Limits { in_flight: 256, per_account_rps: rates(), shared_rps: rates() }))
}

fn traveller(account: usize) -> Traveller {
    Traveller::new(format!("{account:012}").parse().unwrap(), "eu-west-1".parse().unwrap(), "ec2")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// The first request of an account to a service in a region.
#[divan::bench]
fn a_fresh_key(bencher: Bencher<'_, '_>) {
    let (runtime, gate) = (runtime(), gate());
    let _inside = runtime.enter();
    let mut account = 0;
    let next = || {
        account += 1;
        traveller(account)
    };
    bencher.with_inputs(next).bench_local_values(|traveller| assert!(runtime.block_on(traveller.pass(&gate, "DescribeVpcs"))));
}

/// Any later one.
#[divan::bench]
fn a_known_key(bencher: Bencher<'_, '_>) {
    let (runtime, gate, traveller) = (runtime(), gate(), traveller(1));
    let _inside = runtime.enter();
    bencher.bench_local(|| assert!(runtime.block_on(traveller.pass(&gate, "DescribeVpcs"))));
}

/// Many at once, each with a key of its own, as in a sweep. The time is for all of them.
#[divan::bench(sample_size = 1)]
fn sixty_four_tasks_of_a_hundred(bencher: Bencher<'_, '_>) {
    let (runtime, gate) = (runtime(), gate());
    let travellers: Vec<Arc<Traveller>> = (0..TASKS).map(|account| Arc::new(traveller(account))).collect();
    bencher.counter(ItemsCount::new(TASKS * PASSES)).bench_local(|| {
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for traveller in &travellers {
                let (gate, traveller) = (Arc::clone(&gate), Arc::clone(traveller));
                tasks.spawn(async move {
                    for _ in 0..PASSES {
                        assert!(traveller.pass(&gate, "DescribeVpcs").await);
                    }
                });
            }
            tasks.join_all().await;
        });
    });
}
