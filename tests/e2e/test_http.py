"""The HTTP server of the real program, from its clients' side: good ones, careless ones and hostile ones."""

import gzip
import json
import re
import selectors
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
import zlib
from urllib.parse import urlsplit

import pytest

from certificates import authority, issue
from configured import EU, FAILURES, NEVER, SHOP, SINCE, US, organization, start
from harness import SECRET_KEY, call, environment, get, skip, wait_until

LISTEN = "127.0.0.1:0"
IDLE = {"schedule": NEVER, "organization": {"refresh": "10h"}, "metrics": {"detail": "region"}}
TOKEN = "correct-horse-battery"
EXTERNAL_ID = "partner-7-of-9"
PAGES = ("/metrics", "/api/v1/openapi.json", "/api/v1/status", "/api/v1/accounts", f"/api/v1/accounts/{SHOP}", "/api/v1/checks")
PAGES += ("/api/v1/verdicts", "/api/v1/transitions", "/api/v1/waivers", "/nothing")
CAREFUL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# How often the token and the files of TLS are looked at, and some more.
LOOKED_AT = 30.0


@pytest.fixture(scope="module")
def endpoint(programs, folders):
    return programs.simulate("--org", organization(folders("organization") / "organization.yaml"))[1]


@pytest.fixture(scope="module")
def run(programs, endpoint, folders):
    """Starts a daemon that has nothing to do after its first sweep."""

    def started(server, more=None, to=None, **variables):
        config = IDLE | {"server": {"listen": LISTEN} | server} | (more or {})
        return start(programs, to or endpoint, folders("config") / "orgsweep.yaml", config, **variables)

    return started


@pytest.fixture(scope="module")
def daemon(run):
    """Without a token and TLS."""
    daemon = run({})
    daemon.wait("a first sweep", lambda: set(daemon.scrape().series(SINCE, "account_id", "aws_region", "check")) == FAILURES, 60)
    return daemon


@pytest.fixture(scope="module")
def with_token(run, folders):
    file = folders("token") / "token"
    file.write_text(TOKEN + "\n")
    daemon = run({"auth_token_file": str(file)})
    daemon.token_file = file
    daemon.wait("a first listing", lambda: get(daemon.url + "/-/ready").status == 200, 60)
    return daemon


def raw(url, request, seconds=15):
    """Sends these bytes and gives the status of the first answer, and all that comes until the server or the time ends it."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as client:
        answer = b""
        try:
            client.sendall(request)
            while piece := client.recv(65536):
                answer += piece
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            # It was refused before all of it was sent, or the connection is kept.
            pass
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found[1]) if found else None, answer


def ask(path="/metrics", *headers, method="GET", host="127.0.0.1", body=b""):
    lines = [f"{method} {path} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


# The token


def test_everything_but_health_needs_the_token(with_token):
    for path in PAGES:
        for authorization in (None, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN):
            headers = {"Authorization": authorization} if authorization else {}
            answer = get(with_token.url + path, headers=headers)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), (path, authorization)
        assert get(f"{with_token.url}{path}?token={TOKEN}&access_token={TOKEN}").status == 401, path
        assert get(with_token.url + path, TOKEN).status == (404 if path == "/nothing" else 200), path
    for path in ("/-/sweep", "/-/reload"):
        assert get(with_token.url + path, method="POST").status == 401, path
        assert get(with_token.url + path, "wrong", method="POST").status == 401, path
    assert get(with_token.url + "/-/healthy").status == get(with_token.url + "/-/ready").status == 200


def test_only_the_newest_token_counts_and_an_empty_file_changes_nothing(with_token):
    with_token.token_file.write_text("second-token")
    with_token.wait("the new token", lambda: get(with_token.url + "/metrics", "second-token").status == 200, LOOKED_AT)
    assert get(with_token.url + "/metrics", TOKEN).status == 401
    with_token.token_file.write_text("\n")
    with_token.wait("a word about it", lambda: "the token from before stays" in with_token.process.output, LOOKED_AT)
    assert get(with_token.url + "/metrics", "second-token").status == 200
    assert get(with_token.url + "/metrics", headers={"Authorization": "Bearer "}).status == 401
    with_token.token_file.write_text(TOKEN)
    with_token.wait("the first token again", lambda: get(with_token.url + "/metrics", TOKEN).status == 200, LOOKED_AT)
    assert get(with_token.url + "/metrics", "second-token").status == 401


# Pages of others


def test_pages_of_others_get_nothing(daemon):
    own = daemon.url
    for headers, status in [
        ({}, 200),
        ({"Origin": own}, 200),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": own.replace("http://", "https://")}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
    ]:
        for path in ("/metrics", "/api/v1/status", "/-/healthy"):
            answer = get(own + path, headers=headers)
            assert answer.status == status, (path, headers)
            assert "Access-Control-Allow-Origin" not in answer.headers, (path, headers)
    for path in ("/-/sweep", "/-/reload"):
        for headers in (
            {"Origin": "https://example.com"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Forwarded": "for=10.0.0.1"},
            {"Via": "1.1 a"},
            {"X-Request-Id": "7f3a"},
            {"X-Envoy-Decorator-Operation": "orgsweep"},
        ):
            assert get(own + path, method="POST", headers=headers).status == 403, (path, headers)


def test_on_this_machine_it_goes_by_its_own_names_only(daemon, run):
    for host, status in [
        ("127.0.0.1", 200),
        ("localhost:9847", 200),
        ("[::1]", 200),
        ("LOCALHOST", 200),
        ("example.com", 421),
        ("127.0.0.1.example.com", 421),
        ("sweep.example.com", 421),
        ("a b", 400),
        ("", 400),
        (None, 400),
    ]:
        assert raw(daemon.url, ask(host=host))[0] == status, host
    assert raw(daemon.url, ask("/metrics", "Host: 127.0.0.1"))[0] == 400, "two of them"
    assert raw(daemon.url, ask("http://127.0.0.1/metrics"))[0] == 400
    named = run({"external_url": "https://sweep.example.com/base"})
    assert raw(named.url, ask("/-/healthy", host="sweep.example.com"))[0] == 200
    assert raw(named.url, ask("/-/healthy", "Origin: https://sweep.example.com", host="sweep.example.com"))[0] == 200
    assert raw(named.url, ask("/metrics", host="other.example.com"))[0] == 421
    assert raw(named.url, ask("/-/healthy", host="other.example.com"))[0] == 200, "a proxy that probes"


def test_every_answer_tells_browsers_to_be_careful(daemon, with_token):
    answers = {
        "a page": get(daemon.url + "/metrics"),
        "JSON": get(daemon.url + "/api/v1/status"),
        "health": get(daemon.url + "/-/healthy"),
        "no page": get(daemon.url + "/nothing"),
        "another method": get(daemon.url + "/metrics", method="DELETE"),
        "another origin": get(daemon.url + "/metrics", headers={"Origin": "https://example.com"}),
        "a bad parameter": get(daemon.url + "/api/v1/verdicts?nothing=1"),
        "no token": get(with_token.url + "/metrics"),
        "an action": get(daemon.url + "/-/reload", method="POST"),
    }
    assert {what: answer.status for what, answer in answers.items()} == dict(zip(answers, (200, 200, 200, 404, 405, 403, 400, 401, 200)))
    for what, answer in answers.items():
        assert {name: answer.headers[name] for name in CAREFUL} == CAREFUL, what
        assert "Strict-Transport-Security" not in answer.headers and "Server" not in answer.headers, what


# Too much, and too slowly


def test_what_is_too_large_is_refused(daemon):
    long = "x" * 20_000
    assert raw(daemon.url, ask("/metrics", f"X-Long: {long}"))[0] == 431
    assert raw(daemon.url, ask("/metrics", *(f"X-{number}: 1" for number in range(200))))[0] == 431
    assert raw(daemon.url, ask(f"/{long}"))[0] in (414, 431)
    megabyte = b"x" * 1_000_000
    for path in ("/-/sweep", "/-/reload", "/metrics"):
        status, _ = raw(daemon.url, ask(path, f"Content-Length: {len(megabyte)}", method="POST", body=megabyte))
        assert status in (405, 413), path
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [megabyte[:50_000]] * 4) + b"0\r\n\r\n"
    assert raw(daemon.url, ask("/-/sweep", "Transfer-Encoding: chunked", method="POST", body=pieces))[0] == 413
    for lengths in (("Content-Length: 5", "Content-Length: 6"), ("Content-Length: -1",), ("Transfer-Encoding: gzip",)):
        assert raw(daemon.url, ask("/-/sweep", *lengths, method="POST", body=b"hello"))[0] == 400, lengths
    assert get(daemon.url + "/-/healthy").status == 200


def test_no_path_leads_to_a_file(daemon):
    for path in [
        "/../../../../etc/passwd",
        "/metrics/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/accounts/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/checks/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/api/v1/checks/..%5c..%5cetc%5cpasswd",
        "/api/v1/checks/%00",
        "/api/v1/checks/%ff%fe",
        "//etc/passwd",
        "///127.0.0.1/metrics",
        "/metrics/",
        "/METRICS",
        "/metrics%00",
        "/./metrics",
        "/api/v1/../../metrics",
        "etc/passwd",
        "/-/healthy/../../metrics",
    ]:
        status, answer = raw(daemon.url, ask(path))
        assert status in (400, 404), (path, status)
        assert b"root:" not in answer and b"orgsweep_check" not in answer, path


class Slow:
    """Clients that never finish what they say: each sends one byte of a request's head in a while."""

    def __init__(self, url, number):
        self.address = urlsplit(url)
        self.selector = selectors.DefaultSelector()
        self.clients, self.closed = [], 0
        for _ in range(number):
            self.connect()

    def connect(self):
        client = socket.create_connection((self.address.hostname, self.address.port), timeout=5)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        client.setblocking(False)
        self.clients.append(client)

    def drip(self):
        """Another byte of each; who was thrown out comes again."""
        for client in list(self.clients):
            try:
                client.send(b"X")
                gone = client.recv(1024) == b""
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                self.clients.remove(client)
                client.close()
                self.closed += 1
                self.connect()

    def close(self):
        for client in self.clients:
            client.close()


def test_two_hundred_slow_clients_hold_up_no_scrape(daemon):
    files = daemon.scrape().total("process_open_fds")
    slow, took = Slow(daemon.url, 200), []

    def enough():
        slow.drip()
        started = time.monotonic()
        daemon.scrape()
        took.append(time.monotonic() - started)
        return len(took) >= 20 and slow.closed >= 200

    try:
        # Longer than a head may take.
        daemon.wait("twenty scrapes, and every slow client thrown out", enough, 40)
    finally:
        slow.close()
    assert max(took) < 2, f"{sorted(took)[-5:]}"
    daemon.wait("the connections closed", lambda: daemon.scrape().total("process_open_fds") <= files + 5, 40)


def test_a_client_that_does_not_read_holds_up_no_scrape(daemon):
    clients = []
    try:
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            address = urlsplit(daemon.url)
            client.connect((address.hostname, address.port))
            client.sendall(ask() * 3)
            clients.append(client)
        for _ in range(5):
            started = time.monotonic()
            daemon.scrape()
            assert time.monotonic() - started < 7, "as long as a place for a scrape is waited for, and some more"
    finally:
        for client in clients:
            client.close()


def test_bodies_that_never_come_hold_up_no_scrape_of_another(daemon):
    address = urlsplit(daemon.url)
    clients = []
    try:
        for number in range(600):
            client = socket.create_connection((address.hostname, address.port), timeout=5)
            clients.append(client)
            path = ("/metrics", "/api/v1/status", "/-/sweep")[number % 3]
            try:
                client.sendall(ask(path, "Content-Length: 10", method="POST" if path == "/-/sweep" else "GET"))
            except OSError:
                # It made room already.
                pass
        for source in ("127.0.0.2", "127.0.0.3"):
            started = time.monotonic()
            with socket.create_connection((address.hostname, address.port), timeout=10, source_address=(source, 0)) as other:
                other.sendall(ask())
                assert other.recv(12) == b"HTTP/1.1 200"
            assert time.monotonic() - started < 2, source
    finally:
        for client in clients:
            client.close()


# TLS


def secure(url, authority=None, client=None):
    """An HTTPS client that knows this authority and, perhaps, shows a certificate."""
    context = ssl.create_default_context(cafile=str(authority))
    if client:
        context.load_cert_chain(*map(str, client))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def ask(path="/metrics"):
        with opener.open(url + path, timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers

    return ask


def refused(ask):
    try:
        ask()
    except (OSError, ssl.SSLError):
        return True
    return False


def install(folder, pair):
    for name, source in zip(("cert.pem", "key.pem"), pair):
        shutil.copy(source, folder / name)


@pytest.fixture(scope="module")
def certificates(folders):
    folder = folders("certificates")
    for name in ("first-ca", "second-ca", "client-ca", "strange-ca"):
        authority(folder, name)
    issue(folder, "first", "first-ca")
    issue(folder, "second", "second-ca")
    issue(folder, "client", "client-ca", "clientAuth")
    issue(folder, "stranger", "strange-ca", "clientAuth")
    return lambda name: (folder / f"{name}.pem", folder / f"{name}.key")


def https(run, folder, **tls):
    daemon = run({"tls": {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")} | tls})
    assert daemon.url.startswith("https://127.0.0.1:")
    return daemon


def test_it_speaks_tls_and_takes_new_certificates(run, certificates, folders):
    folder = folders("tls")
    install(folder, certificates("first"))
    daemon = https(run, folder)
    first, second = (secure(daemon.url, certificates(name)[0]) for name in ("first-ca", "second-ca"))
    status, text, headers = first()
    assert status == 200 and "orgsweep_build_info" in text
    assert "Strict-Transport-Security" not in headers, "it would be about the host's other ports, too"
    assert {name: headers[name] for name in CAREFUL} == CAREFUL
    assert refused(second)
    plain, answer = raw(daemon.url.replace("https", "http"), ask())
    assert plain is None and b"orgsweep" not in answer, "nothing in the clear"

    shutil.copy(certificates("second")[1], folder / "key.pem")
    wait_until("a word about the wrong key", lambda: "what was there before stays" in daemon.process.output, LOOKED_AT, daemon.process)
    assert first()[0] == 200, "half of a change changes nothing"
    install(folder, certificates("second"))
    wait_until("the new certificate", lambda: second()[0] == 200, LOOKED_AT, daemon.process)
    assert refused(first)


def test_clients_have_to_show_a_certificate_where_that_is_wanted(run, certificates, folders):
    folder = folders("tls")
    install(folder, certificates("first"))
    daemon = https(run, folder, client_ca=str(certificates("client-ca")[0]))
    known = certificates("first-ca")[0]
    assert secure(daemon.url, known, certificates("client"))()[0] == 200
    assert refused(secure(daemon.url, known))
    assert refused(secure(daemon.url, known, certificates("stranger")))
    assert refused(lambda: secure(daemon.url, known)("/-/healthy"))


# Secrets


def test_secrets_are_said_nowhere(programs, run, certificates, folders):
    folder = folders("secrets")
    (folder / "token").write_text(TOKEN)
    install(folder, certificates("first"))
    organized = organization(
        folder / "organization.yaml",
        organization={"id": "o-secrets0001", "management_account_id": "100000000001", "external_id": EXTERNAL_ID},
        regions=[US],
    )
    server = {"auth_token_file": str(folder / "token"), "tls": {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}}
    sessions = {"external_id": EXTERNAL_ID}
    endpoint = programs.simulate("--org", organized)[1]
    daemon = run(server, {"sessions": sessions, "checks": {"disable": ["alarm-*"]}}, to=endpoint, RUST_LOG="trace")
    context = ssl.create_default_context(cafile=str(certificates("first-ca")[0]))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    said = []

    def asked(path, method="GET", token=TOKEN, body=None):
        request = urllib.request.Request(daemon.url + path, headers={"Authorization": f"Bearer {token}"}, method=method, data=body)
        try:
            with opener.open(request, timeout=20) as answer:
                said.append(f"{answer.headers}{answer.read().decode()}")
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                said.append(f"{error.headers}{error.read().decode()}")
                return error.code

    def first_sweep():
        asked("/metrics")
        return len(re.findall(rf"^{SINCE}{{", said[-1], re.MULTILINE)) == sum(region != EU for _, region, _ in FAILURES)

    wait_until("a first sweep", first_sweep, 120, daemon.process)
    for path in PAGES:
        assert asked(path) in (200, 404), path
    assert asked("/metrics", token="wrong") == 401
    assert asked("/api/v1/verdicts?nothing=1") == 400
    good = json.loads(daemon.file.read_text())
    assert asked("/-/reload", "POST", body=b"") == 200
    for config in (good | {"sessions": sessions | {"duration": "soon"}}, good | {"nonsense": 1}):
        daemon.write(config)
        assert asked("/-/reload", "POST", body=b"") == 422
        for command in (("config", "check", daemon.file), ("run", "--config", daemon.file), ("scan", "--config", daemon.file)):
            done = call(*command, env=environment(endpoint, home=folder), folder=folder)
            assert done.returncode == 64
            said.append(done.stdout + done.stderr)
    daemon.write(good)
    said.append(call("config", "check", daemon.file, env=environment(home=folder), folder=folder).stdout)
    key = [line for line in (folder / "key.pem").read_text().splitlines() if "-----" not in line]
    log = daemon.process.output
    assert '"level":"TRACE"' in log and len(log) > 100_000
    for what, text in {"answers": "\n".join(said), "the log": log}.items():
        for secret in (TOKEN, EXTERNAL_ID, SECRET_KEY, *key):
            place = text.find(secret)
            assert place < 0, f"{what}: {secret} in …{text[max(0, place - 300) : place + 100]}…"


def test_a_mistyped_external_id_is_not_repeated(folders):
    folder = folders("secrets")
    file = folder / "orgsweep.yaml"
    file.write_text("sessions: {external_id: 'partner seven'}\n")
    done = call("config", "check", file, env=environment(home=folder), folder=folder)
    assert done.returncode == 64 and "sessions.external_id" in done.stderr
    assert "partner seven" not in done.stderr


# Compression


def compressed(url, accept="gzip"):
    request = urllib.request.Request(url + "/metrics", headers={"Accept-Encoding": accept})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return answer.headers, answer.read()


def of_one_moment(daemon, between):
    """What `between` gives while two scrapes round it are the same, and what those are."""

    def still():
        # A scrape changes the process's own figures, so only the posture counts.
        before = get(daemon.url + "/metrics").text
        given = between()
        after = get(daemon.url + "/metrics").text
        return (given, before) if before == after else None

    return daemon.wait("a moment without a change", still, 60)


def test_gzip_is_one_stream_of_the_same_text(daemon):
    (headers, body), plain = of_one_moment(daemon, lambda: compressed(daemon.url))
    assert headers["Content-Encoding"] == "gzip" and int(headers["Content-Length"]) == len(body)
    assert "accept-encoding" in headers["Vary"].lower()
    assert gzip.decompress(body).decode() == plain
    one = zlib.decompressobj(31)
    assert one.decompress(body).decode() == plain
    assert one.eof and one.unused_data == b"", "other clients read one stream only"
    assert len(body) < len(plain) / 5


def test_gzip_is_given_to_who_takes_it(daemon):
    for accept, given in [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("deflate", False),
    ]:
        headers, body = compressed(daemon.url, accept)
        assert (headers["Content-Encoding"] == "gzip", body[:2] == b"\x1f\x8b") == (given, given), accept


def test_curl_reads_it(daemon):
    if not shutil.which("curl"):
        skip("curl is not installed")

    def curl():
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--compressed", daemon.url + "/metrics"], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    given, plain = of_one_moment(daemon, curl)
    assert given == plain
