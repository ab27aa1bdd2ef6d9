//! How much memory there is: what the machine has free, and what a control group or the shell
//! allows.

use std::fs;
use std::path::{Path, PathBuf};

use super::machine::kilobytes;

/// A limit of memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Bytes that may still be taken.
    pub(crate) bytes: u64,
    /// Who sets it.
    pub(crate) what: &'static str,
}

/// The tightest limit, if any is known.
pub(crate) fn tightest() -> Option<Limit> {
    let root = Path::new("/");
    let limits = [machine(root), cgroup_v2(root), cgroup_v1(root), address_space()];
    limits.into_iter().flatten().min_by_key(|limit| limit.bytes)
}

fn machine(root: &Path) -> Option<Limit> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    Some(Limit { bytes: kilobytes(&text, "MemAvailable:")?, what: "this machine" })
}

fn address_space() -> Option<Limit> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
    Some(Limit { bytes: limit, what: "the limit of the shell (ulimit -v)" })
}

/// Version 2: `memory.max` of the process's group and of all above it.
fn cgroup_v2(root: &Path) -> Option<Limit> {
    let mount = root.join("sys/fs/cgroup");
    let groups = groups(root, &mount, "")?;
    let free = |group: PathBuf| {
        let most = number(&group.join("memory.max"))?;
        let used = number(&group.join("memory.current"))?;
        let cache = statistic(&group.join("memory.stat"), "inactive_file").unwrap_or(0);
        Some(most.saturating_sub(used.saturating_sub(cache)))
    };
    let bytes = groups.into_iter().filter_map(free).min()?;
    Some(Limit { bytes, what: "the control group" })
}

/// Version 1: `memory.limit_in_bytes`, which is near 2^63 where there is none.
fn cgroup_v1(root: &Path) -> Option<Limit> {
    let mount = root.join("sys/fs/cgroup/memory");
    let groups = groups(root, &mount, "memory")?;
    let free = |group: PathBuf| {
        let most = number(&group.join("memory.limit_in_bytes")).filter(|n| *n < 1 << 60)?;
        let used = number(&group.join("memory.usage_in_bytes"))?;
        let cache = statistic(&group.join("memory.stat"), "total_inactive_file").unwrap_or(0);
        Some(most.saturating_sub(used.saturating_sub(cache)))
    };
    let bytes = groups.into_iter().filter_map(free).min()?;
    Some(Limit { bytes, what: "the control group" })
}

/// The folders of the process's group and of all above it, as far as they can be seen; inside a
/// container its own group is often mounted as the root.
fn groups(root: &Path, mount: &Path, controller: &str) -> Option<Vec<PathBuf>> {
    let text = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let of = |line: &str| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?.to_owned());
        controllers.split(',').any(|c| c == controller).then_some(path)
    };
    let path = text.lines().find_map(of)?;
    let below = mount.join(path.trim_start_matches('/'));
    Some(below.ancestors().take_while(|p| p.starts_with(mount)).map(Path::to_owned).collect())
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn statistic(path: &Path, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn free_memory_is_read() {
        let dir = machine_with(&[("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:    5 kB\n")]);
        assert_eq!(machine(dir.path()).unwrap().bytes, 5 * 1024);
        assert_eq!(machine(Path::new("/nowhere")), None);
    }

    #[test]
    fn the_tightest_group_above_the_process_counts() {
        let dir = machine_with(&[
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/b/memory.current", "700\n"),
            ("sys/fs/cgroup/a/memory.max", "1000\n"),
            ("sys/fs/cgroup/a/memory.current", "700\n"),
            ("sys/fs/cgroup/a/memory.stat", "anon 300\ninactive_file 400\n"),
        ]);
        assert_eq!(cgroup_v2(dir.path()).unwrap().bytes, 700);
        assert_eq!(cgroup_v1(dir.path()), None);
    }

    #[test]
    fn the_older_version_is_read_too_also_where_the_group_is_the_root() {
        let dir = machine_with(&[
            ("proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/docker/abc\n0::/\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000\n"),
            ("sys/fs/cgroup/memory/memory.stat", "total_inactive_file 500\n"),
        ]);
        assert_eq!(cgroup_v1(dir.path()).unwrap().bytes, 3500);
        assert_eq!(cgroup_v2(dir.path()), None);
    }
}
