//! What this program is beside the test: the sensor, or another process with traffic.

use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::{fd::OwnedFd, unix::process::CommandExt},
    process::{Child, Command, ExitCode, Stdio},
};

use crate::scene;

/// Says what to be.
pub(crate) const ROLE: &str = "REACTANT_FLOWS_ROLE";

/// Is something else, where it is to be.
pub(crate) fn play() -> Option<ExitCode> {
    let role = env::var(ROLE).ok()?;
    let words: Vec<&str> = role.split(' ').collect();
    match words[..] {
        ["watch", what] => scene::watch(what),
        // Accepts one connection of its standard input, and lets a child serve it.
        ["accept"] => {
            let listener = TcpListener::from(standard_input());
            let (stream, _) = listener.accept().unwrap();
            let status = child("serve").stdin(OwnedFd::from(stream)).status().unwrap();
            assert!(status.success());
        }
        // Reads until the other side has no more, and says how much it was.
        ["serve"] => {
            let mut stream = TcpStream::from(standard_input());
            let mut all = Vec::new();
            stream.read_to_end(&mut all).unwrap();
            stream.write_all(&[all.len() as u8]).unwrap();
        }
        // Sends by a socket that another connected.
        ["send"] => {
            UdpSocket::from(standard_input()).send(b"more").unwrap();
        }
        // Asks for a name, connects, waits for the end of its input.
        ["ask", answers, resolver, name, to] => {
            crate::dns::ask(resolver.parse().unwrap(), name, answers.parse().unwrap());
            connect(to);
        }
        ["connect", to] => connect(to),
        // Connects, then runs another program, which waits likewise.
        ["execute", to] => {
            let _stream = TcpStream::connect(to.parse::<SocketAddr>().unwrap()).unwrap();
            let error = Command::new("/bin/cat").exec();
            panic!("{error}");
        }
        _ => panic!("no role {role}"),
    }
    Some(ExitCode::SUCCESS)
}

fn connect(to: &str) {
    let stream = TcpStream::connect(to.parse::<SocketAddr>().unwrap()).unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(stream);
}

fn standard_input() -> OwnedFd {
    rustix::io::dup(std::io::stdin()).unwrap()
}

/// This program once more.
pub(crate) fn child(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(ROLE, role);
    command
}

/// The same, at work until its input ends.
pub(crate) fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
}
