//! What the remote machine serves: echoes over TCP and UDP, and the truth about how its connections ended.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use crate::machine::REMOTE;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

pub(crate) const ECHO: u16 = 7000;
/// Takes datagrams and never reads them.
pub(crate) const SINK: u16 = 7001;
/// Sends without an end.
pub(crate) const STREAM: u16 = 7003;
const ASKED: u16 = 7002;

/// How a connection ended, by the port of its other side.
type Ends = Arc<Mutex<HashMap<u16, &'static str>>>;

/// Serves on all addresses, on threads that end with the process.
pub(crate) fn serve() {
    let ends = Ends::default();
    let listen = |port| TcpListener::bind(("::", port)).unwrap();
    let (echo, asked, stream) = (listen(ECHO), listen(ASKED), listen(STREAM));
    let sink = UdpSocket::bind(("::", SINK)).unwrap();
    thread::spawn(move || {
        let _sink = sink;
        for mut stream in stream.incoming().map_while(Result::ok) {
            thread::spawn(move || while stream.write_all(&[0; 64]).is_ok() {});
        }
    });
    // Each from its own address: an answer from another is none.
    for net in REMOTE {
        let net: ipnet::IpNet = net.parse().unwrap();
        let udp = UdpSocket::bind((net.addr(), ECHO)).unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 2048];
            loop {
                // An answer that was refused shows at the next read.
                if let Ok((length, from)) = udp.recv_from(&mut buffer) {
                    let _ = udp.send_to(&buffer[..length], from);
                }
            }
        });
    }
    let known = Arc::clone(&ends);
    thread::spawn(move || {
        for stream in echo.incoming().map_while(Result::ok) {
            let ends = Arc::clone(&known);
            thread::spawn(move || echo_one(stream, &ends));
        }
    });
    thread::spawn(move || {
        for stream in asked.incoming().map_while(Result::ok) {
            let ends = Arc::clone(&ends);
            thread::spawn(move || answer(stream, &ends));
        }
    });
}

fn echo_one(mut stream: TcpStream, ends: &Ends) {
    // One that was reset at once has no other side any more.
    let Ok(peer) = stream.peer_addr() else { return };
    let mut buffer = [0; 2048];
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break "closed",
            Ok(length) => drop(stream.write_all(&buffer[..length])),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break "reset",
            Err(_) => break "failed",
        }
    };
    ends.lock().unwrap().insert(peer.port(), end);
}

/// `end PORT`: how that connection ended, once it has. `call FROM TO`: whether a connection comes about.
fn answer(mut stream: TcpStream, ends: &Ends) {
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let said = match words[..] {
        ["end", port] => {
            let (port, start) = (port.parse().unwrap(), Instant::now());
            loop {
                match ends.lock().unwrap().get(&port) {
                    Some(end) => break *end,
                    None if start.elapsed() > Duration::from_secs(3) => break "stands",
                    None => {}
                }
                thread::sleep(Duration::from_millis(2));
            }
        }
        ["call", from, to] => call(from.parse().unwrap(), to.parse().unwrap()),
        _ => panic!("asked {line}"),
    };
    stream.write_all(said.as_bytes()).unwrap();
}

fn call(from: IpAddr, to: SocketAddr) -> &'static str {
    let family = if from.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let fd = socket(family, SocketType::STREAM, None).unwrap();
    bind(&fd, &SocketAddr::new(from, 0)).unwrap();
    rustix::net::sockopt::set_socket_timeout(
        &fd,
        rustix::net::sockopt::Timeout::Send,
        Some(Duration::from_millis(500)),
    )
    .unwrap();
    match connect(&fd, &to) {
        Ok(()) => "answered",
        Err(rustix::io::Errno::INPROGRESS | rustix::io::Errno::AGAIN) => "silence",
        Err(_) => "refused",
    }
}

/// Asks the remote machine from the runtime's.
pub(crate) fn ask(question: &str) -> String {
    let mut stream = TcpStream::connect(("10.7.0.3", ASKED)).unwrap();
    writeln!(stream, "{question}").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}
