//! Serving the figures by HTTP: small, and bounded in everything that a client may choose.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Clients at a time; more are turned away. One scraper needs one.
const CLIENTS: usize = 8;

/// How long a client may take in all.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest head of a request, in bytes.
const HEAD: usize = 4 << 10;

/// Between two tries to take a client, where the system refuses them.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves what `text` gives at `/metrics` from now on, on threads of its own. Gives the address, whose port the system has chosen where it was 0.
pub(in super::super) fn serve(
    address: SocketAddr,
    text: impl Fn() -> String + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let bound = listener.local_addr()?;
    let (text, clients) = (Arc::new(text), Arc::new(AtomicUsize::new(0)));
    let listen = move || {
        loop {
            let Ok((client, _)) = listener.accept() else {
                // Too many open files, most likely.
                thread::sleep(PAUSE);
                continue;
            };
            let Some(place) = Place::take(&clients) else { continue };
            let text = Arc::clone(&text);
            let answer = move || {
                let _place = place;
                // A client that went away, or takes too long, is nobody's problem.
                let _ = Client::new(client).and_then(|mut client| client.answer(&*text));
            };
            let _ = thread::Builder::new().name("metrics-client".to_owned()).spawn(answer);
        }
    };
    thread::Builder::new().name("metrics".to_owned()).spawn(listen)?;
    Ok(bound)
}

/// One of the clients that there may be.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(clients: &Arc<AtomicUsize>) -> Option<Place> {
        if clients.fetch_add(1, Ordering::Relaxed) >= CLIENTS {
            clients.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(Place(Arc::clone(clients)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Client {
    stream: TcpStream,
    deadline: Instant,
}

impl Client {
    fn new(stream: TcpStream) -> io::Result<Client> {
        stream.set_nodelay(true)?;
        Ok(Client { stream, deadline: Instant::now() + PATIENCE })
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn answer(&mut self, text: &dyn Fn() -> String) -> io::Result<()> {
        let Some(head) = self.head()? else {
            return self.send("431 Request Header Fields Too Large", "", "too long\n", true);
        };
        let line = head.lines().next().unwrap_or_default();
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let known = path.split('?').next() == Some("/metrics");
        match method {
            "GET" | "HEAD" if known => self.send("200 OK", "", &text(), method == "GET"),
            "GET" | "HEAD" => {
                self.send("404 Not Found", "", "the figures are at /metrics\n", method == "GET")
            }
            _ => self.send("405 Method Not Allowed", "Allow: GET, HEAD\r\n", "only GET\n", true),
        }
    }

    /// The head of the request; `None` where it is too long.
    fn head(&mut self) -> io::Result<Option<String>> {
        let mut head = [0; HEAD];
        let mut len = 0;
        loop {
            if len == HEAD {
                return Ok(None);
            }
            self.stream.set_read_timeout(Some(self.left()?))?;
            match self.stream.read(&mut head[len..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => len += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if head[..len].windows(4).any(|end| end == b"\r\n\r\n") {
                return Ok(Some(String::from_utf8_lossy(&head[..len]).into_owned()));
            }
        }
    }

    fn send(&mut self, status: &str, more: &str, body: &str, whole: bool) -> io::Result<()> {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n",
            body.len()
        );
        let mut rest = head;
        if whole {
            rest.push_str(body);
        }
        let mut rest = rest.as_bytes();
        while !rest.is_empty() {
            self.stream.set_write_timeout(Some(self.left()?))?;
            match self.stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &'static str) -> SocketAddr {
        serve("127.0.0.1:0".parse().unwrap(), move || text.to_owned()).unwrap()
    }

    fn asked(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(10 * PATIENCE)).unwrap();
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        // What the server did not read may end the connection by a reset, behind the answer.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    }

    #[test]
    fn only_the_figures_are_served() {
        let address = server("figures 1\n");
        let get = asked(address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        assert!(get.starts_with("HTTP/1.1 200 OK\r\n") && get.ends_with("\r\n\r\nfigures 1\n"));
        assert!(get.contains("Content-Length: 10\r\n"), "{get}");
        let head = asked(address, "HEAD /metrics HTTP/1.1\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
        for (request, status) in [
            ("GET / HTTP/1.1\r\n\r\n", "404"),
            ("GET /metrics/../etc/passwd HTTP/1.1\r\n\r\n", "404"),
            ("POST /metrics HTTP/1.1\r\n\r\n", "405"),
            ("\r\n\r\n", "405"),
        ] {
            let answer = asked(address, request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
        }
        let long = format!("GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(HEAD));
        assert!(!asked(address, &long).contains("200 OK"));
    }

    #[test]
    fn clients_that_hang_are_dropped_and_make_room() {
        let address = server("figures 1\n");
        let hanging: Vec<TcpStream> =
            (0..CLIENTS + 4).map(|_| TcpStream::connect(address).unwrap()).collect();
        let start = Instant::now();
        // As long as they hang, others are turned away; not one of them hangs for long.
        while !asked(address, "GET /metrics HTTP/1.1\r\n\r\n").contains("200 OK") {
            assert!(start.elapsed() < 10 * PATIENCE, "nobody is served any more");
            thread::sleep(Duration::from_millis(20));
        }
        drop(hanging);
    }

    #[test]
    fn a_client_that_sends_byte_by_byte_has_no_more_time() {
        let address = server("figures 1\n");
        let mut stream = TcpStream::connect(address).unwrap();
        let start = Instant::now();
        let dropped = loop {
            if stream.write_all(b"x").is_err() {
                break true;
            }
            if start.elapsed() > 10 * PATIENCE {
                break false;
            }
            thread::sleep(Duration::from_millis(50));
        };
        assert!(dropped);
    }
}
