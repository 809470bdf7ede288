//! Processor time and memory of a window: of its own process and of the processes that WebKit starts for it.

use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

/// Linux counts processor time in hundredths of a second (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;
/// Time between two readings of memory.
const READING_INTERVAL: Duration = Duration::from_secs(1);

/// Returns a process id and the ids of all its descendants.
fn family(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut all = vec![root];
    let mut at = 0;
    while at < all.len() {
        all.extend(children.get(&all[at]).into_iter().flatten());
        at += 1;
    }
    all
}

/// Returns the fields of `/proc/PID/stat` after the program's name. The name may contain spaces and parentheses, so it
/// is skipped.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Waits for `during` and returns the share of one processor core that the window used, in percent.
pub(crate) async fn processor_percent(root: u32, during: Duration) -> f64 {
    let ticks = || -> f64 {
        let of = |fields: Vec<String>| fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        family(root).into_iter().filter_map(stat).map(of).sum()
    };
    let (before, begun) = (ticks(), Instant::now());
    tokio::time::sleep(during).await;
    (ticks() - before) / TICKS_PER_SECOND / begun.elapsed().as_secs_f64() * 100.0
}

/// Returns the memory of a window in MiB. Memory that processes share counts by each process's share (PSS).
pub(crate) fn memory(root: u32) -> f64 {
    let of = |pid: u32| -> Option<f64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
    };
    family(root).into_iter().filter_map(of).sum()
}

/// Returns the lowest memory within `within`, in MiB. The lowest reading leaves out garbage that is not collected yet.
pub(crate) async fn settled_memory(root: u32, within: Duration) -> f64 {
    let begun = Instant::now();
    let mut least = memory(root);
    while begun.elapsed() < within {
        tokio::time::sleep(READING_INTERVAL).await;
        least = least.min(memory(root));
    }
    least
}
