//! Two network namespaces, which stand for two machines on one network.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::Command;
use std::thread::JoinHandle;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Two namespaces with a cable between them, until this is dropped.
pub(crate) struct Network([String; 2]);

impl Network {
    /// Nothing where the system does not permit it.
    pub(crate) fn make(name: &str) -> Option<Self> {
        let id = std::process::id();
        let [a, b] = ["a", "b"].map(|side| format!("{name}{side}{id}"));
        let network = Self([a.clone(), b.clone()]);
        let made = ip(&format!("netns add {a}"))
            && ip(&format!("netns add {b}"))
            && ip(&format!("link add {a} netns {a} type veth peer name {b} netns {b}"));
        if !made {
            eprintln!("SKIPPED: multicast between machines needs the right to make namespaces");
            return None;
        }
        for (side, number) in [(&a, 1), (&b, 2)] {
            assert!(ip(&format!("-n {side} address add 10.99.0.{number}/24 dev {side}")));
            assert!(ip(&format!("-n {side} link set {side} up")));
            assert!(ip(&format!("-n {side} link set lo up")));
        }
        // The system takes a moment to notice that the other end is there too.
        for side in &network.0 {
            while !Command::new("ip")
                .args(["-n", side, "link", "show", side])
                .output()
                .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("state UP"))
            {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        Some(network)
    }

    /// Does `work` on one of the machines. Threads that it starts stay there.
    pub(crate) fn on<T: Send>(&self, machine: usize, work: impl FnOnce() -> T + Send) -> T {
        let runtime = tokio::runtime::Handle::current();
        let place = self.place(machine);
        std::thread::scope(|scope| {
            let thread = scope.spawn(move || {
                enter(&place);
                let _entered = runtime.enter();
                work()
            });
            thread.join().unwrap()
        })
    }

    /// Runs `work` on one of the machines, with all of its sockets.
    pub(crate) fn run<W: Future<Output = ()>>(
        &self,
        machine: usize,
        work: impl FnOnce() -> W + Send + 'static,
    ) -> JoinHandle<()> {
        let place = self.place(machine);
        std::thread::spawn(move || {
            enter(&place);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(work());
        })
    }

    /// Pulls the cable out of a machine, or puts it in again.
    pub(crate) fn plug(&self, machine: usize, is_in: bool) {
        let name = self.0.get(machine).unwrap();
        let state = if is_in { "up" } else { "down" };
        assert!(ip(&format!("-n {name} link set {name} {state}")));
    }

    fn place(&self, machine: usize) -> File {
        File::open(format!("/run/netns/{}", self.0.get(machine).unwrap())).unwrap()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.0 {
            ip(&format!("netns del {name}"));
        }
    }
}

/// From now on this thread is on the machine `place`.
fn enter(place: &File) {
    move_into_link_name_space(place.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
}

fn ip(arguments: &str) -> bool {
    let done = Command::new("ip").args(arguments.split(' ')).output();
    done.is_ok_and(|output| output.status.success())
}
