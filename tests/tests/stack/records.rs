//! The idempotency records themselves, with the clock of the test.

use tenjo_domain::Fingerprint;
use tenjo_domain::{IdempotencyKey, UserId};
use tenjo_idempotency::{Claim, Records, Ticket};
use tenjo_settings::Settings;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The records, and a request that nobody sent before.
struct Scene {
    records: Records,
    user_id: UserId,
    key: IdempotencyKey,
    now: OffsetDateTime,
}

impl Scene {
    async fn new() -> Self {
        let settings = Settings::from_env().await.unwrap();
        Self {
            records: Records::from_settings(&settings).unwrap(),
            user_id: UserId(Uuid::new_v4()),
            key: IdempotencyKey::new("key").unwrap(),
            // In the future, so that the table's sweeper does not delete the records.
            now: datetime!(2100-01-01 00:00 UTC),
        }
    }

    fn ticket(&self) -> Ticket {
        Ticket::new(self.user_id, &self.key)
    }

    async fn claim(&self, ticket: &Ticket, after: Duration) -> Claim {
        let now = self.now + after;
        self.records.claim(ticket, Fingerprint::of(&["ten"]), now).await.unwrap()
    }
}

fn answered(answer: &str) -> Claim {
    Claim::Answered(answer.to_owned())
}

#[tokio::test]
async fn the_first_attempt_has_the_request_and_others_wait_for_its_answer() {
    let scene = Scene::new().await;
    let (first, second) = (scene.ticket(), scene.ticket());
    assert_eq!(scene.claim(&first, Duration::ZERO).await, Claim::Ours);
    assert_eq!(scene.claim(&first, Duration::ZERO).await, Claim::Ours, "sent again by the client");
    assert_eq!(scene.claim(&second, Duration::ZERO).await, Claim::Running);
    scene.records.complete(first, "drawn", scene.now).await.unwrap();
    assert_eq!(scene.claim(&second, Duration::hours(23)).await, answered("drawn"));
    let other = Fingerprint::of(&["one"]);
    let reused = scene.records.claim(&second, other, scene.now).await.unwrap();
    assert_eq!(reused, Claim::Reused);
}

#[tokio::test]
async fn a_claim_that_was_given_back_is_free() {
    let scene = Scene::new().await;
    let (first, second) = (scene.ticket(), scene.ticket());
    assert_eq!(scene.claim(&first, Duration::ZERO).await, Claim::Ours);
    scene.records.release(first).await.unwrap();
    assert_eq!(scene.claim(&second, Duration::ZERO).await, Claim::Ours);
}

#[tokio::test]
async fn whoever_died_loses_the_request_and_can_no_longer_answer_it() {
    let scene = Scene::new().await;
    let (dead, heir) = (scene.ticket(), scene.ticket());
    assert_eq!(scene.claim(&dead, Duration::ZERO).await, Claim::Ours);
    assert_eq!(scene.claim(&heir, Duration::seconds(29)).await, Claim::Running);
    assert_eq!(scene.claim(&heir, Duration::seconds(31)).await, Claim::Ours);
    scene.records.complete(dead, "too late", scene.now).await.unwrap();
    assert_eq!(scene.claim(&scene.ticket(), Duration::seconds(32)).await, Claim::Running);
    scene.records.complete(heir, "drawn", scene.now).await.unwrap();
    assert_eq!(scene.claim(&scene.ticket(), Duration::ZERO).await, answered("drawn"));
}

#[tokio::test]
async fn after_a_day_a_record_is_forgotten_though_it_is_still_there() {
    let scene = Scene::new().await;
    let first = scene.ticket();
    assert_eq!(scene.claim(&first, Duration::ZERO).await, Claim::Ours);
    scene.records.complete(first, "drawn", scene.now).await.unwrap();
    let day = Duration::hours(24);
    assert_eq!(scene.claim(&scene.ticket(), day).await, answered("drawn"));
    assert_eq!(scene.claim(&scene.ticket(), day + Duration::SECOND).await, Claim::Ours);
}
