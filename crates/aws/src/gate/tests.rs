//! The gate's tests, on paused time.

use proptest::prelude::*;

use super::*;

fn key(account: Option<&str>, service: &'static str) -> Key {
    Key { account: account.map(|id| id.parse().unwrap()), region: "us-east-1".parse().unwrap(), service }
}

async fn enter(gate: &Gate, key: &Key) -> Result<Pass, Held> {
    gate.enter(Ask { key, operation: "Describe", target: &Target::default() }).await
}

fn gate(in_flight: usize) -> Gate {
    Gate::new(Limits {
        in_flight,
        per_account_rps: [("default".to_owned(), 10.0), ("ec2".to_owned(), 20.0)].into(),
        shared_rps: [("sts".to_owned(), 100.0)].into(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_key_gets_a_burst_and_then_its_rate() {
    let gate = gate(1000);
    let key = key(Some("111111111111"), "iam");
    let start = Instant::now();
    for _ in 0..8 {
        drop(enter(&gate, &key).await.unwrap());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    for _ in 0..20 {
        drop(enter(&gate, &key).await.unwrap());
    }
    let elapsed = start.elapsed();
    assert!((Duration::from_millis(1_990)..=Duration::from_millis(2_030)).contains(&elapsed), "{elapsed:?}");
}

#[test]
fn more_go_at_once_where_aws_has_room_for_more() {
    let limits = gate(1).limits;
    assert_eq!(limits.of_service("iam", false), Allowance { rate: 10.0, burst: 8 });
    assert_eq!(limits.of_service("ec2", false), Allowance { rate: 20.0, burst: 16 });
    assert_eq!(Limits::of_operation("securityhub", "GetFindings"), Some(Allowance { rate: 3.0, burst: 5 }));
    assert_eq!(Allowance::new("iam", 0.2), Allowance { rate: 0.2, burst: 1 });
}

#[tokio::test(start_paused = true)]
async fn one_account_waiting_does_not_hold_up_another() {
    let gate = gate(1000);
    let (busy, calm) = (key(Some("111111111111"), "iam"), key(Some("222222222222"), "iam"));
    for _ in 0..10 {
        drop(enter(&gate, &busy).await.unwrap());
    }
    let start = Instant::now();
    drop(enter(&gate, &calm).await.unwrap());
    assert_eq!(start.elapsed(), Duration::ZERO);
    drop(enter(&gate, &busy).await.unwrap());
    assert!(start.elapsed() > Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn shared_services_have_their_own_rate() {
    let gate = gate(1000);
    let start = Instant::now();
    for _ in 0..80 {
        drop(enter(&gate, &key(None, "sts")).await.unwrap());
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn first_come_first_served() {
    let gate = Arc::new(gate(1000));
    let key = key(Some("111111111111"), "iam");
    for _ in 0..10 {
        drop(enter(&gate, &key).await.unwrap());
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..5 {
        let (gate, key, order) = (Arc::clone(&gate), key.clone(), Arc::clone(&order));
        tasks.spawn(async move {
            drop(enter(&gate, &key).await.unwrap());
            order.lock().unwrap().push(number);
        });
        tokio::task::yield_now().await;
    }
    tasks.join_all().await;
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn in_flight_is_bounded_and_a_dropped_waiter_frees_its_place() {
    let gate = gate(1);
    let key = key(Some("111111111111"), "iam");
    let held = enter(&gate, &key).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), enter(&gate, &key)).await.is_err(), "a second one got in");
    drop(held);
    assert!(tokio::time::timeout(Duration::from_secs(5), enter(&gate, &key)).await.is_ok(), "the place was lost");
}

#[tokio::test(start_paused = true)]
async fn idle_buckets_are_forgotten() {
    let gate = gate(10);
    drop(enter(&gate, &key(Some("111111111111"), "iam")).await.unwrap());
    gate.retain_recent();
    assert_eq!(gate.lock().by_key.len(), 1);
    tokio::time::advance(IDLE).await;
    gate.retain_recent();
    assert_eq!(gate.lock().by_key.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_key_goes_slower_and_the_others_do_not() {
    let gate = gate(1000);
    let (slow, other) = (key(Some("111111111111"), "ec2"), key(Some("222222222222"), "ec2"));
    let pass = enter(&gate, &slow).await.unwrap();
    assert!(pass.throttled(Some(Duration::from_secs(5))));
    assert_eq!(gate.state(), GateState { in_flight: 1, slowed: 1, silent: 0 });
    drop(pass);
    let start = Instant::now();
    drop(enter(&gate, &other).await.unwrap());
    assert_eq!(start.elapsed(), Duration::ZERO);
    for _ in 0..10 {
        drop(enter(&gate, &slow).await.unwrap());
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!((5.4..6.0).contains(&seconds), "what AWS said, and then no bursts: {seconds}");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_a_signature_bears() {
    let gate = gate(1);
    let key = key(Some("111111111111"), "iam");
    let held = enter(&gate, &key).await.unwrap();
    let start = Instant::now();
    assert_eq!(enter(&gate, &key).await.unwrap_err(), Held::TooLong);
    assert_eq!(start.elapsed(), LONGEST_WAIT);
    drop(held);
    assert!(enter(&gate, &key).await.is_ok(), "the place was lost");
}

#[tokio::test(start_paused = true)]
async fn a_target_has_its_own_places_in_flight() {
    let gate = gate(1000);
    let (key, target) = (key(Some("111111111111"), "ec2"), Target::default());
    let mut held = Vec::new();
    for _ in 0..IN_FLIGHT_OF_TARGET {
        held.push(gate.enter(Ask { key: &key, operation: "Describe", target: &target }).await.unwrap());
    }
    let full = gate.enter(Ask { key: &key, operation: "Describe", target: &target });
    assert!(tokio::time::timeout(Duration::from_secs(5), full).await.is_err());
    assert!(enter(&gate, &key).await.is_ok(), "another target is held up");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_aws_limits_has_its_own_rate_within_its_services() {
    let gate = gate(1000);
    let key = key(Some("111111111111"), "securityhub");
    let start = Instant::now();
    for _ in 0..8 {
        drop(gate.enter(Ask { key: &key, operation: "GetFindings", target: &Target::default() }).await.unwrap());
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!((0.99..1.1).contains(&seconds), "five at once, three in the next second: {seconds}");
    drop(enter(&gate, &key).await.unwrap());
    assert!(start.elapsed().as_secs_f64() < 1.1, "the service's others are not held up");
}

#[tokio::test(start_paused = true)]
async fn a_silent_endpoint_is_not_asked_by_everybody() {
    let gate = gate(1000);
    let key = |number: u64| Key { account: format!("{number:012}").parse().ok(), ..key(None, "ec2") };
    for number in 1..=3 {
        assert_eq!(enter(&gate, &key(number)).await.unwrap().silent(), number == 3);
    }
    assert_eq!(enter(&gate, &key(4)).await.unwrap_err(), Held::Silent);
    assert_eq!(gate.state().silent, 1);
    let elsewhere = Key { region: "eu-west-1".parse().unwrap(), ..key(4) };
    assert!(enter(&gate, &elsewhere).await.is_ok());
    tokio::time::advance(Duration::from_secs(20)).await;
    enter(&gate, &key(4)).await.unwrap().answered();
    assert!(enter(&gate, &key(5)).await.is_ok());
}

proptest! {
    /// Over any window, a key lets through no more than its burst and what its rate gives.
    #[test]
    fn no_key_exceeds_its_rate_by_more_than_its_burst(
        rate in 1.0..50.0_f64,
        service in prop::sample::select(&["iam", "securityhub"]),
        gaps in prop::collection::vec(0_u64..400, 20..120),
        throttles in prop::collection::vec(any::<bool>(), 120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let limits = Limits { in_flight: 1000, per_account_rps: [("default".to_owned(), rate)].into(), shared_rps: [].into() };
        let burst = f64::from(limits.of_service(service, false).burst);
        let went = runtime.block_on(async {
            let gate = Gate::new(limits);
            let key = key(Some("111111111111"), service);
            let mut went = Vec::new();
            for (gap, throttled) in gaps.into_iter().zip(throttles) {
                tokio::time::advance(Duration::from_millis(gap)).await;
                let pass = enter(&gate, &key).await.unwrap();
                went.push(Instant::now());
                if throttled && gap % 7 == 0 {
                    pass.throttled(None);
                }
            }
            went
        });
        for (first, start) in went.iter().enumerate() {
            for (last, end) in went.iter().enumerate().skip(first) {
                let window = (*end - *start).as_secs_f64();
                let sent = (last - first + 1) as f64;
                prop_assert!(sent <= burst + rate * window + 1e-3, "{sent} in {window} s at {rate} a second and {burst} at once");
            }
        }
    }

    /// The same where places in flight are few and are held for long: what waits for a place has not gone.
    #[test]
    fn nor_where_places_in_flight_are_few(
        rate in 1.0..20.0_f64,
        in_flight in 1_usize..4,
        requests in prop::collection::vec((0_u64..300, 0_u64..3000, prop::sample::select(&["iam", "ec2"])), 20..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let limits = Limits { in_flight, per_account_rps: [("default".to_owned(), rate)].into(), shared_rps: [].into() };
        let burst = f64::from(limits.of_service("iam", false).burst);
        let went = runtime.block_on(async {
            let (gate, target) = (Arc::new(Gate::new(limits)), Target::default());
            let mut tasks = tokio::task::JoinSet::new();
            for (gap, held, service) in requests {
                tokio::time::advance(Duration::from_millis(gap)).await;
                let (gate, target, key) = (Arc::clone(&gate), target.clone(), key(Some("111111111111"), service));
                tasks.spawn(async move {
                    let pass = gate.enter(Ask { key: &key, operation: "Describe", target: &target }).await.ok()?;
                    let sent = Instant::now();
                    tokio::time::sleep(Duration::from_millis(held)).await;
                    drop(pass);
                    Some((service, sent))
                });
            }
            tasks.join_all().await
        });
        for service in ["iam", "ec2"] {
            let mut sent: Vec<Instant> = went.iter().flatten().filter(|(of, _)| *of == service).map(|(_, sent)| *sent).collect();
            sent.sort();
            for (first, start) in sent.iter().enumerate() {
                for (last, end) in sent.iter().enumerate().skip(first) {
                    let (count, window) = ((last - first + 1) as f64, (*end - *start).as_secs_f64());
                    prop_assert!(count <= burst + rate * window + 1e-3, "{count} in {window} s at {rate} a second and {burst} at once");
                }
            }
        }
    }
}
