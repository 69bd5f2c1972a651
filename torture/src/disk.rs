//! A file system of a node's own, that can lose power.
//!
//! The file system is told to stop at once without writing anything more; what it had not written
//! is gone when it is mounted again, as after a power cut.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use rustix::ioctl::{self, Setter, opcode};

use crate::cleanup::{Action, Guard, run};
use crate::clock::until;
use crate::limits;

/// `EXT4_IOC_SHUTDOWN` of Linux.
const SHUTDOWN: ioctl::Opcode = opcode::read::<u32>(b'X', 125);

/// `EXT4_GOING_FLAGS_NOLOGFLUSH`: not even the journal is written.
const WRITE_NOTHING: u32 = 2;

/// An ext4 file system in a file.
#[derive(Debug)]
pub(crate) struct Disk {
    image: PathBuf,
    folder: PathBuf,
    mounted: Option<Guard>,
}

impl Disk {
    /// Why there can be no such file system here, when there cannot.
    pub(crate) fn obstacle() -> Option<&'static str> {
        if !rustix::process::geteuid().is_root() {
            return Some("file systems that lose power need root");
        }
        if !Path::new("/dev/loop-control").exists() {
            return Some("file systems that lose power need loop devices");
        }
        if !["/usr/sbin/mkfs.ext4", "/sbin/mkfs.ext4"].iter().any(|file| Path::new(file).exists()) {
            return Some("file systems that lose power need the program `mkfs.ext4`");
        }
        None
    }

    /// Makes a file system in the file `image` and mounts it at `folder`.
    pub(crate) fn new(image: PathBuf, folder: PathBuf) -> anyhow::Result<Self> {
        File::create_new(&image)?.set_len(limits::DISK_BYTES)?;
        fs::create_dir(&folder)?;
        let path = |path: &Path| path.display().to_string();
        run(&["mkfs.ext4".into(), "-q".into(), path(&image)])?;
        let mut disk = Self { image, folder, mounted: None };
        disk.mount()?;
        disk.check()?;
        Ok(disk)
    }

    /// Looks whether what is not written is really gone: else a power cut shows nothing.
    fn check(&mut self) -> anyhow::Result<()> {
        let [kept, lost] = ["kept", "lost"].map(|name| self.folder.join(name));
        fs::write(&kept, b"text")?;
        File::open(&kept)?.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        fs::write(&lost, b"text")?;
        self.lose_power()?;
        ensure!(fs::read(&kept)? == b"text", "a file system lost what was written");
        ensure!(!lost.exists(), "a file system kept what was not written");
        Ok(fs::remove_file(&kept)?)
    }

    fn mount(&mut self) -> anyhow::Result<()> {
        let (image, folder) = (self.image.display().to_string(), self.folder.display().to_string());
        run(&["mount".into(), "-o".into(), "loop".into(), image, folder.clone()])?;
        self.mounted = Some(Guard::new(Action::Run(vec!["umount".into(), folder])));
        Ok(())
    }

    /// Forgets whatever is not on the disk, and mounts it again. Nobody may use it any more.
    pub(crate) fn lose_power(&mut self) -> anyhow::Result<()> {
        let folder = File::open(&self.folder)?;
        // SAFETY: the call reads one `u32`, which the setter holds, and writes nothing.
        #[expect(unsafe_code, reason = "there is no safe call for this")]
        let stopped =
            unsafe { ioctl::ioctl(&folder, Setter::<{ SHUTDOWN }, u32>::new(WRITE_NOTHING)) };
        stopped.context("failed to stop a file system")?;
        drop(folder);
        if let Some(guard) = self.mounted.take() {
            guard.disarm();
        }
        let unmount = ["umount".to_owned(), self.folder.display().to_string()];
        // The kernel closes the files of killed processes in its own time.
        until("a stopped file system is unmounted", limits::GONE, || Ok(run(&unmount).ok()))?;
        self.mount()
    }
}
