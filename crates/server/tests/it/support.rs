//! A running server, and a client that shows everything it reads.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use orgsweep_model::{Account, AccountId, AccountReport, AccountState, Organization, OuPath, Requested};
use orgsweep_posture::{Board, BoardConfig, Detail, PassValidity};
use orgsweep_server::{Readiness, Server, Token, serve};
use prometheus::{IntGauge, Registry};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

/// No condition of these tests needs as long as this.
pub const DEADLINE: Duration = Duration::from_secs(5);

/// A server that is stopped when the test ends.
pub struct Running {
    pub address: SocketAddr,
    pub server: Server,
    pub shutdown: CancellationToken,
    tasks: JoinSet<std::io::Result<()>>,
}

impl Running {
    pub async fn start(token: Option<&str>) -> Self {
        let server = Server {
            board: Arc::new(board()),
            registry: registry(),
            readiness: Readiness::default(),
            sweep: Arc::new(sweep_now),
            token: token.map(Token::new),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, server.clone(), shutdown.clone()));
        Self { address, server, shutdown, tasks }
    }

    pub fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
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

/// A connection that is kept alive.
pub struct Client(pub TcpStream);

impl Client {
    pub fn ask(&mut self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let lines = [&[&*format!("{method} {path} HTTP/1.1"), "host: test"], headers, &["\r\n"]].concat().join("\r\n");
        self.0.write_all(lines.as_bytes()).unwrap();
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
        let length = if method == "HEAD" { 0 } else { headers["content-length"].parse().unwrap() };
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        Answer { status, headers, body: String::from_utf8(body).unwrap() }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// There are 2000 accounts, and three of them are being swept. 111111111111 is one of these.
fn sweep_now(account: Option<AccountId>) -> Option<Requested> {
    match account.map(|account| account.to_string()).as_deref() {
        None => Some(Requested { accounts: 2000, running: 3 }),
        Some("111111111111") => Some(Requested { accounts: 1, running: 1 }),
        Some(_) => None,
    }
}

/// A board of so many accounts that its text is sent in many pieces.
fn board() -> Board {
    let day = Duration::from_hours(24);
    let board = Board::new(BoardConfig {
        checks: Vec::new(),
        pass_valid: PassValidity { frequent: day, standard: day, daily: day },
        detail: Detail::Region,
        max_series: 100_000,
        account_labels: Vec::new(),
        exceptions: Arc::default(),
    });
    let accounts = (0..2000).map(|id| Account {
        id: format!("{id:012}").parse().unwrap(),
        name: format!("account {id}"),
        ou_path: OuPath::default(),
        state: AccountState::Active,
        tags: BTreeMap::new(),
    });
    let organization = Organization { id: None, management_account_id: None, accounts: accounts.collect() };
    board.set_organization(&organization, &[], jiff::Timestamp::UNIX_EPOCH);
    for account in organization.accounts {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        board.commit(&AccountReport {
            account: account.id,
            started_at: at,
            finished_at: at,
            cadences: Vec::new(),
            unreachable: None,
            regions: None,
            targets: Vec::new(),
        });
    }
    board
}

fn registry() -> Registry {
    let registry = Registry::new();
    let workers = IntGauge::new("orgsweep_workers", "Number of workers.").unwrap();
    workers.set(64);
    registry.register(Box::new(workers)).unwrap();
    registry
}
