//! Looking at files for changes. Their contents are compared, so whatever Kubernetes, an editor or a person did to a file or to a link on
//! the way to it, only what it says now counts.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash, Hasher},
    path::PathBuf,
    time::Duration,
};

use tokio::time::sleep;

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(3);
/// A file that has changed may still be being written: it has to be the same for so long.
const SETTLED: Duration = Duration::from_millis(500);

/// What changes all the time is read as it is after so many times of that.
const LONGEST_SETTLING: u32 = 10;

/// Files, and what they said the last time.
pub struct Watched {
    files: Vec<PathBuf>,
    /// What each said; absent where it could not be read.
    seen: Vec<Option<u64>>,
}

impl Watched {
    /// Watches files, from what they say now.
    pub fn new(files: Vec<PathBuf>) -> Self {
        let seen = files.iter().map(says).collect();
        Self { files, seen }
    }

    /// Watches these files from now on. Of those that were watched before, a change since the last look still counts.
    pub async fn watch(&mut self, files: Vec<PathBuf>) {
        let known: Vec<(PathBuf, Option<u64>)> = self.files.drain(..).zip(self.seen.drain(..)).collect();
        let now = look(files.clone()).await;
        let seen = files.iter().zip(now).map(|(file, now)| known.iter().find(|(known, _)| known == file).map_or(now, |(_, seen)| *seen));
        self.seen = seen.collect();
        self.files = files;
    }

    /// Takes what the files say now as known. If that is something else than before, waits until nobody is writing them any more.
    pub async fn settle(&mut self) {
        let mut now = look(self.files.clone()).await;
        if now != self.seen {
            for _ in 0..LONGEST_SETTLING {
                sleep(SETTLED).await;
                let later = look(self.files.clone()).await;
                if std::mem::replace(&mut now, later) == now {
                    break;
                }
            }
        }
        self.seen = now;
    }

    /// Waits until a file says something else than the last time, and gives the first that does.
    pub async fn changed(&self) -> PathBuf {
        loop {
            sleep(EVERY).await;
            let now = look(self.files.clone()).await;
            let changed = now.iter().zip(&self.seen).position(|(now, seen)| now != seen);
            let Some(file) = changed.and_then(|changed| self.files.get(changed)) else { continue };
            sleep(SETTLED).await;
            if look(self.files.clone()).await == now {
                return file.clone();
            }
        }
    }
}

async fn look(files: Vec<PathBuf>) -> Vec<Option<u64>> {
    let looked = tokio::task::spawn_blocking(move || files.iter().map(says).collect()).await;
    // It cannot panic; and when the process ends, nobody waits for it.
    looked.unwrap_or_default()
}

fn says(file: &PathBuf) -> Option<u64> {
    let mut hash = DefaultHasher::new();
    fs::read(file).ok()?.hash(&mut hash);
    Some(hash.finish())
}
