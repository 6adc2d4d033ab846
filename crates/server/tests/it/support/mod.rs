//! A running server, and a client that shows everything it reads.

pub mod fixture;
pub mod log;
pub mod pki;

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use orgsweep_posture::Board;
use orgsweep_server::{About, Limits, Readiness, ReloadNow, ServeSettings, Server, TokenFile, serve};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// No condition of these tests needs as long as this.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// So many bytes the system does not buffer for a reader that reads nothing.
pub const BALLAST: usize = 8 << 20;

/// Short enough to wait for.
pub const SHORT: Duration = Duration::from_millis(300);

/// What a test's server has that others have not.
#[derive(Default)]
pub struct Setup<'a> {
    /// Whether it is reached from other machines, as far as this one has a network.
    pub in_network: bool,
    pub token: Option<&'a str>,
    /// Whether the board is still to be restored.
    pub restoring: bool,
    /// Bytes that the metrics have more.
    pub ballast: usize,
    pub reload: Option<ReloadNow>,
    pub board: Option<Board>,
    pub about: Option<Arc<dyn Fn() -> About + Send + Sync>>,
    pub settings: ServeSettings,
}

impl Setup<'_> {
    pub fn limited(limits: Limits) -> Self {
        Self { settings: ServeSettings { limits, ..ServeSettings::default() }, ..Self::default() }
    }
}

/// A server that is stopped when the test ends.
pub struct Running {
    pub address: SocketAddr,
    pub server: Server,
    pub restored: watch::Sender<bool>,
    pub shutdown: CancellationToken,
    pub folder: Folder,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Running {
    pub async fn start(token: Option<&str>) -> Self {
        Self::with(Setup { token, ..Setup::default() }).await
    }

    pub async fn with(setup: Setup<'_>) -> Self {
        log::listen();
        let folder = Folder::new();
        let token = setup.token.map(|token| TokenFile::load(folder.write("token", token)).unwrap());
        let (restored, restoring) = watch::channel(!setup.restoring);
        let board = Arc::new(setup.board.unwrap_or_else(fixture::board));
        let readiness = Readiness::default();
        let server = Server {
            api: fixture::api(Arc::clone(&board), readiness.clone(), setup.about.unwrap_or_else(|| Arc::new(fixture::about))),
            board,
            registry: fixture::registry(setup.ballast),
            readiness,
            restored: restoring,
            sweep: Arc::new(fixture::sweep_now),
            reload: setup.reload.unwrap_or_else(|| Arc::new(|| Box::pin(async { Ok("nothing changed".to_owned()) }))),
            token,
        };
        let listener = TcpListener::bind(if setup.in_network { "0.0.0.0:0" } else { "127.0.0.1:0" }).await.unwrap();
        let mut address = listener.local_addr().unwrap();
        address.set_ip(if setup.in_network { own_address() } else { address.ip() });
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, server.clone(), setup.settings, shutdown.clone()));
        Self { address, server, restored, shutdown, folder, tasks }
    }

    pub fn connect(&self) -> Client<TcpStream> {
        Self::client(TcpStream::connect(self.address).unwrap())
    }

    /// Connects from another of this machine's addresses, so as another peer.
    pub async fn connect_from(&self, address: [u8; 4]) -> Client<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((address, 0).into()).unwrap();
        let stream = socket.connect(self.address).await.unwrap().into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        Self::client(stream)
    }

    fn client(stream: TcpStream) -> Client<TcpStream> {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_write_timeout(Some(DEADLINE)).unwrap();
        Client(stream)
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        self.connect().ask(method, path, headers)
    }

    /// Waits until the server ended.
    pub async fn ended(mut self) {
        timeout(DEADLINE, self.tasks.join_next()).await.expect("the server ends in time").unwrap().unwrap().unwrap();
    }
}

/// This machine's address in its network, or a loopback address if it has none.
fn own_address() -> IpAddr {
    // Connecting sends nothing with UDP: it only chooses the address to send from.
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let address = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    address.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}

/// Waits until a condition holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A connection that is kept alive.
pub struct Client<S>(pub S);

impl<S: Read + Write> Client<S> {
    pub fn ask(&mut self, method: &str, path: &str, headers: &[&str]) -> Answer {
        self.send(method, path, headers);
        self.answer(method)
    }

    /// Sends a request. Its Host is what the server goes by, unless the headers have another.
    pub fn send(&mut self, method: &str, path: &str, headers: &[&str]) {
        let host: &[&str] = if headers.iter().any(|header| header.starts_with("host:")) { &[] } else { &["host: localhost"] };
        let lines = [&[&*format!("{method} {path} HTTP/1.1")], host, headers, &["\r\n"]].concat().join("\r\n");
        self.0.write_all(lines.as_bytes()).unwrap();
    }

    pub fn answer(&mut self, method: &str) -> Answer {
        let mut answer = self.head();
        let length = if method == "HEAD" { 0 } else { answer.headers["content-length"].parse().unwrap() };
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    /// Reads the head of an answer and nothing more.
    pub fn head(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: BTreeMap<String, String> =
            lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Answer { status, headers, body: String::new() }
    }

    /// Whether the server closes the connection without a further byte, within the deadline.
    pub fn is_closed(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

impl Client<TcpStream> {
    /// Whether nothing comes for a while.
    pub fn is_silent(&mut self) -> bool {
        self.0.set_read_timeout(Some(SHORT)).unwrap();
        let silent = self.0.peek(&mut [0]).is_err();
        self.0.set_read_timeout(Some(DEADLINE)).unwrap();
        silent
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A folder that goes when the test ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("orgsweep-server-{}-{number}", process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file as a whole, as whoever rotates something should.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        let new = self.0.join(format!("{name}.new"));
        fs::write(&new, text).unwrap();
        fs::rename(new, &path).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
