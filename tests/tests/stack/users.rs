//! `GET` and `PUT /v1/users/me`.

use serde_json::json;
use tenjo_tests::player::Player;

#[tokio::test]
async fn a_player_chooses_a_name() {
    let player = Player::new().await;
    let user = player.get("/v1/users/me").await.data();
    assert_eq!(user["display_name"], "Guest");
    assert_eq!(user["version"], 1);
    let renamed =
        player.put("/v1/users/me", &json!({ "display_name": "天井さん", "version": 1 })).await;
    assert_eq!(renamed.data()["display_name"], "天井さん");
    let user = player.get("/v1/users/me").await.data();
    assert_eq!((&user["display_name"], &user["version"]), (&json!("天井さん"), &json!(2)));
    // In two characters, and kept in one.
    let decomposed = json!({ "display_name": "Rene\u{301}", "version": 2 });
    let renamed = player.put("/v1/users/me", &decomposed).await.data();
    assert_eq!(renamed["display_name"], "Ren\u{e9}");
}

#[tokio::test]
async fn of_two_changes_of_one_version_the_second_is_refused() {
    let player = Player::new().await;
    let body = |name: &str| json!({ "display_name": name, "version": 1 });
    let (one, two) = (body("One"), body("Two"));
    let (one, two) =
        tokio::join!(player.put("/v1/users/me", &one), player.put("/v1/users/me", &two));
    let (won, lost, name) = if one.status == 200 { (one, two, "One") } else { (two, one, "Two") };
    assert_eq!(won.data()["version"], 2);
    assert_eq!(lost.error(), (409, "version_conflict"));
    assert_eq!(player.get("/v1/users/me").await.data()["display_name"], name);
}

#[tokio::test]
async fn a_bad_name_is_refused_and_changes_nothing() {
    let player = Player::new().await;
    for name in ["", " Aoi", "Aoi\n", &"x".repeat(21)] {
        let answer =
            player.put("/v1/users/me", &json!({ "display_name": name, "version": 1 })).await;
        assert_eq!(answer.status, 400, "{name:?} was taken: {answer:?}");
    }
    assert_eq!(player.get("/v1/users/me").await.data()["version"], 1);
}
