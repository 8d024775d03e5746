//! What claims to be a receipt, sent to the route of its store: forged, replayed, foreign,
//! expired, sandbox, revoked and half-written ones. A table for each store has each input
//! with its answer: the status, the code, and what the message says of the reason.
//!
//! `shared/stores/tests/apple.rs` has more of the verifier alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tenjo_test_store::{Authority, Plan, millis};
use tenjo_tests::player::Player;
use tenjo_tests::shop::{Bought, Store, act};
use tenjo_tests::{books, database};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A status, a code, and a part of the message. The gateway's own refusal has no code.
type Expected = (u16, &'static str, &'static str);

const BOOKED: Expected = (200, "", "");
const BAD_REQUEST: Expected = (400, "", "");
const NOT_SIGNED: Expected = (422, "invalid_receipt", "not signed as Apple signs");
const UNTRUSTED: Expected = (422, "invalid_receipt", "certificates are not those of the store");
const SIGNATURE: Expected = (422, "invalid_receipt", "its signature is wrong");
const INCOMPLETE: Expected = (422, "invalid_receipt", "not a whole transaction");
const STALE: Expected = (422, "invalid_receipt", "too long ago, or in the future");
const OTHER_APP: Expected = (422, "invalid_receipt", "for another app");
const NOT_CONSUMABLE: Expected = (422, "invalid_receipt", "not a consumable");
const UNKNOWN: Expected = (422, "invalid_receipt", "Google knows no such purchase");
const OF_ANOTHER: Expected = (409, "purchase_of_another_player", "");
const REVOKED: Expected = (409, "purchase_revoked", "");
const PENDING: Expected = (409, "purchase_pending", "");
const OTHER_ENVIRONMENT: Expected = (409, "purchase_refused", "another environment");
const NO_PRODUCT: Expected = (409, "purchase_refused", "does not sell this product");
const NOT_ON_SALE: Expected = (409, "purchase_refused", "not on sale");
const NOT_ONE_PIECE: Expected = (409, "purchase_refused", "one piece");
const TRY_LATER: Expected = (503, "try_later", "");

/// Inputs of one store, each with its answer.
struct Table {
    store: Store,
    player: Player,
    rows: Vec<(&'static str, Value, Expected)>,
}

impl Table {
    fn new(store: Store, player: &Player) -> Self {
        Self { store, player: player.clone(), rows: Vec::new() }
    }

    /// An input that is a body of the route.
    fn row(&mut self, name: &'static str, body: Value, expected: Expected) {
        self.rows.push((name, body, expected));
    }

    /// Sends each, and names every answer that is another one.
    async fn hold(self) {
        let mut wrong = Vec::new();
        for (name, body, expected) in self.rows {
            let answer = self.player.post(self.store.route(), &body).await;
            let said = answer.body["error"]["message"].as_str().unwrap_or_default();
            let (status, code, why) = expected;
            // What the gateway refuses, the function refuses too, by a code.
            let is_code = code == answer.code()
                || (expected == BAD_REQUEST && answer.code() == "invalid_request");
            if answer.status != status || !is_code || !said.contains(why) {
                let code = answer.code();
                wrong.push(format!("{name}: {} {code} {said:?}, not {expected:?}", answer.status));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[expect(clippy::disallowed_methods, reason = "the store of these tests has this clock")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The payload of a transaction that nobody has sent, of this account.
fn payload(account_token: &Value) -> Value {
    let at = millis(now() - Duration::seconds(1));
    let id = format!("3{}", Uuid::new_v4().as_u128() >> 80);
    json!({
        "transactionId": id, "originalTransactionId": id, "bundleId": "game.tenjo",
        "productId": "game.tenjo.gems60", "purchaseDate": at, "quantity": 1,
        "type": "Consumable", "inAppOwnershipType": "PURCHASED", "signedDate": at,
        "environment": "Sandbox", "price": 160_000, "currency": "JPY",
        "appAccountToken": account_token,
    })
}

/// The same with another value of a field; `null` takes it away.
fn with(account_token: &Value, field: &str, value: Value) -> Value {
    let mut payload = payload(account_token);
    if value.is_null() {
        payload.as_object_mut().unwrap().remove(field);
    } else {
        payload[field] = value;
    }
    payload
}

/// Signed by the test store, which signs anything.
async fn signed(payload: &Value) -> String {
    act("apple/sign", payload).await["signed"].as_str().unwrap().to_owned()
}

/// A good one with another part: header, payload or signature.
fn spoilt(good: &str, part: usize, to: &str) -> String {
    let mut parts: Vec<&str> = good.split('.').collect();
    parts[part] = to;
    parts.join(".")
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The certificates in the header of a transaction.
fn chain(good: &str) -> [String; 3] {
    let header = URL_SAFE_NO_PAD.decode(good.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    serde_json::from_value(header["x5c"].clone()).unwrap()
}

fn body(signed: impl Into<Value>) -> Value {
    json!({ "signed_transaction": signed.into() })
}

async fn account_token(player: &Player) -> Value {
    player.get("/v1/users/me").await.data()["account_token"].clone()
}

/// What a payload must not lack, and what it must not have in its place.
fn half_written() -> Vec<(&'static str, &'static str, Value, Expected)> {
    let years_ago = millis(now() - Duration::days(365));
    let in_an_hour = millis(now() + Duration::hours(1));
    vec![
        ("no date of signing", "signedDate", Value::Null, INCOMPLETE),
        ("a date of signing that is none", "signedDate", json!("today"), INCOMPLETE),
        ("no transaction id", "transactionId", Value::Null, INCOMPLETE),
        ("an empty transaction id", "transactionId", json!(""), INCOMPLETE),
        ("a transaction id with blanks", "transactionId", json!("1 2"), INCOMPLETE),
        ("a transaction id that is a number", "transactionId", json!(2), INCOMPLETE),
        ("a transaction id that is a path", "transactionId", json!("../1"), INCOMPLETE),
        ("no product", "productId", Value::Null, INCOMPLETE),
        ("no date of purchase", "purchaseDate", Value::Null, INCOMPLETE),
        ("a date of purchase that is none", "purchaseDate", json!(i64::MAX), INCOMPLETE),
        ("no quantity", "quantity", Value::Null, INCOMPLETE),
        ("a negative quantity", "quantity", json!(-1), INCOMPLETE),
        ("no price", "price", Value::Null, INCOMPLETE),
        ("a negative price", "price", json!(-1), INCOMPLETE),
        ("a price that is too great", "price", json!(i64::MAX), INCOMPLETE),
        ("no currency", "currency", Value::Null, INCOMPLETE),
        ("a currency that is none", "currency", json!("yen"), INCOMPLETE),
        ("an account token that is none", "appAccountToken", json!("ann"), INCOMPLETE),
        ("a revocation that is no date", "revocationDate", json!("soon"), INCOMPLETE),
        ("no environment", "environment", Value::Null, INCOMPLETE),
        ("Xcode's own environment", "environment", json!("Xcode"), INCOMPLETE),
        ("no app", "bundleId", Value::Null, INCOMPLETE),
        // Expired, and not yet.
        ("signed in an hour", "signedDate", json!(in_an_hour), STALE),
        ("signed a year ago", "signedDate", json!(years_ago), STALE),
        ("signed in 1970", "signedDate", json!(0), STALE),
        // Foreign.
        ("for another app", "bundleId", json!("game.other"), OTHER_APP),
        ("a subscription", "type", json!("Auto-Renewable Subscription"), NOT_CONSUMABLE),
        ("something that is kept", "type", json!("Non-Consumable"), NOT_CONSUMABLE),
        ("shared by a family", "inAppOwnershipType", json!("FAMILY_SHARED"), NOT_CONSUMABLE),
        ("for nobody", "appAccountToken", Value::Null, OF_ANOTHER),
        ("for nobody here", "appAccountToken", json!(Uuid::new_v4()), OF_ANOTHER),
        // Good, and refused or taken back.
        ("of the other environment", "environment", json!("Production"), OTHER_ENVIRONMENT),
        ("of a product that is not sold", "productId", json!("game.tenjo.gems61"), NO_PRODUCT),
        ("of a name of Google's", "productId", json!("gems_60"), NO_PRODUCT),
        ("of a sale that is over", "productId", json!("game.tenjo.spring2026"), NOT_ON_SALE),
        ("bought before it was sold", "purchaseDate", json!(1_577_836_800_000_i64), NOT_ON_SALE),
        ("two pieces", "quantity", json!(2), NOT_ONE_PIECE),
        ("no piece", "quantity", json!(0), NOT_ONE_PIECE),
        ("revoked", "revocationDate", json!(millis(now())), REVOKED),
    ]
}

#[tokio::test]
async fn each_input_at_apples_route_has_its_answer() {
    let (player, thief) = (Player::new().await, Player::new().await);
    let token = account_token(&player).await;
    let mut table = Table::new(Store::Apple, &player);

    // Good ones, and the same again.
    let good = signed(&payload(&token)).await;
    let capitals = json!(token.as_str().unwrap().to_uppercase());
    let once = payload(&token);
    let signed_again = with(&token, "transactionId", once["transactionId"].clone());
    table.row("good", body(good.clone()), BOOKED);
    table.row("replayed", body(good.clone()), BOOKED);
    table.row("in capitals", body(signed(&payload(&capitals)).await), BOOKED);
    table.row("of one transaction", body(signed(&once).await), BOOKED);
    table.row("of it, signed again", body(signed(&signed_again).await), BOOKED);
    let others = signed(&payload(&account_token(&thief).await)).await;
    table.row("of another player", body(others.clone()), OF_ANOTHER);
    table.row("of another player, again", body(others), OF_ANOTHER);

    for (name, field, value, expected) in half_written() {
        table.row(name, body(signed(&with(&token, field, value)).await), expected);
    }
    table.row("a list", body(signed(&json!([])).await), INCOMPLETE);
    table.row("not JSON", body(spoilt(&good, 1, "AAAA")), INCOMPLETE);

    // Bodies that are none.
    table.row("an empty text", body(""), BAD_REQUEST);
    table.row("a number", body(1), BAD_REQUEST);
    table.row("nothing", json!({}), BAD_REQUEST);
    table.row("too long", body("x".repeat(16_385)), BAD_REQUEST);

    // Not signed as Apple signs.
    let bare = json!({ "x5c": chain(&good) });
    let alg = |alg: &str| encoded(&json!({ "alg": alg, "x5c": chain(&good) }));
    let own_key = json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" });
    for (name, input) in [
        ("a word", "receipt".to_owned()),
        ("an old receipt in base64", "MIIT0QYJKoZIhvcNAQcCoIITwjCC".to_owned()),
        ("two parts", "a.b".to_owned()),
        ("without its dots", good.replace('.', "")),
        ("without an algorithm", spoilt(&good, 0, &encoded(&bare))),
        ("algorithm none", spoilt(&good, 0, &alg("none"))),
        ("algorithm HS256", spoilt(&good, 0, &alg("HS256"))),
        ("algorithm RS256", spoilt(&good, 0, &alg("RS256"))),
        ("no certificates", spoilt(&good, 0, &encoded(&json!({ "alg": "ES256" })))),
        (
            "a key of its own",
            spoilt(&good, 0, &encoded(&json!({ "alg": "ES256", "jwk": own_key }))),
        ),
        ("a header that is no JSON", spoilt(&good, 0, "AAAA")),
    ] {
        table.row(name, body(input), NOT_SIGNED);
    }

    // Chains. Another authority of the same shape signs, and nobody trusts it.
    let stranger = Authority::make(Plan::GOOD).unwrap();
    let [leaf, intermediate, root] = chain(&good);
    let [their_leaf, their_intermediate, their_root]: [String; 3] =
        stranger.chain.clone().try_into().unwrap();
    let below =
        |chain: &[&String]| spoilt(&good, 0, &encoded(&json!({ "alg": "ES256", "x5c": chain })));
    let half = leaf[..200].to_owned();
    let none = "AAAA".to_owned();
    for (name, input) in [
        ("of an authority that nobody trusts", stranger.sign(&payload(&token)).unwrap()),
        ("a strange signer", below(&[&their_leaf, &intermediate, &root])),
        ("a strange intermediate", below(&[&leaf, &their_intermediate, &root])),
        ("a strange root", below(&[&leaf, &intermediate, &their_root])),
        ("our root with their chain", below(&[&their_leaf, &their_intermediate, &root])),
        ("in the wrong order", below(&[&root, &intermediate, &leaf])),
        ("no intermediate", below(&[&leaf, &root])),
        ("one certificate", below(&[&leaf])),
        ("an empty chain", below(&[])),
        ("four certificates", below(&[&leaf, &intermediate, &root, &root])),
        ("half a certificate", below(&[&half, &intermediate, &root])),
        ("a certificate that is none", below(&[&none, &intermediate, &root])),
    ] {
        table.row(name, body(input), UNTRUSTED);
    }

    // Signatures.
    let dearer = encoded(&with(&token, "productId", json!("game.tenjo.gems3600")));
    let theirs = stranger.sign_with_chain(&payload(&token), chain(&good).into()).unwrap();
    let signature = good.rsplit('.').next().unwrap();
    for (name, input) in [
        ("another signature", spoilt(&good, 2, &URL_SAFE_NO_PAD.encode([1; 64]))),
        ("a signature of zeros", spoilt(&good, 2, &URL_SAFE_NO_PAD.encode([0; 64]))),
        ("half a signature", spoilt(&good, 2, &signature[..40])),
        ("no signature", spoilt(&good, 2, "")),
        ("our chain over their signature", theirs),
        ("another payload below the signature", spoilt(&good, 1, &dearer)),
    ] {
        table.row(name, body(input), SIGNATURE);
    }
    assert!(table.rows.len() >= 40, "{} inputs", table.rows.len());
    table.hold().await;

    // Booked were the good one, the one in capitals, and that of one transaction.
    assert_eq!((player.paid_gems().await, thief.paid_gems().await), ((180, 0), (0, 0)));
    let stolen = thief.post(Store::Apple.route(), &body(good)).await;
    assert_eq!(stolen.error(), (409, "purchase_of_another_player"));
    assert_eq!(thief.paid_gems().await, (0, 0));
    books::balance(player.user_id).await;
}

/// What Google answers of a purchase token: fields of the purchase, and what is answered
/// to the client.
fn of_google() -> Vec<(&'static str, Value, Expected)> {
    let long_ago = json!("1577836800000"); // in 2020
    vec![
        ("cancelled", json!({ "purchaseState": 1 }), REVOKED),
        ("not paid yet", json!({ "purchaseState": 2 }), PENDING),
        ("in a state of the future", json!({ "purchaseState": 9 }), TRY_LATER),
        ("in no state", json!({ "purchaseState": null }), TRY_LATER),
        ("in a state that is a text", json!({ "purchaseState": "0" }), TRY_LATER),
        ("without a time", json!({ "purchaseTimeMillis": null }), TRY_LATER),
        ("at a time that is none", json!({ "purchaseTimeMillis": "soon" }), TRY_LATER),
        ("at a time that is a number", json!({ "purchaseTimeMillis": 1 }), TRY_LATER),
        ("consumed or not", json!({ "consumptionState": null }), TRY_LATER),
        ("without an order", json!({ "orderId": null }), TRY_LATER),
        ("of an order that is none", json!({ "orderId": "GPA.none" }), TRY_LATER),
        ("a quantity that is a text", json!({ "quantity": "1" }), TRY_LATER),
        ("of another product inside", json!({ "productId": "gems_3600" }), UNKNOWN),
        ("no piece", json!({ "quantity": 0 }), NOT_ONE_PIECE),
        ("ten pieces", json!({ "quantity": 10 }), NOT_ONE_PIECE),
        ("for money", json!({ "purchaseType": null }), OTHER_ENVIRONMENT),
        ("for a promotion", json!({ "purchaseType": 1 }), OTHER_ENVIRONMENT),
        ("for watching", json!({ "purchaseType": 2 }), OTHER_ENVIRONMENT),
        ("bought before it was sold", json!({ "purchaseTimeMillis": long_ago }), NOT_ON_SALE),
        ("for nobody", json!({ "obfuscatedExternalAccountId": null }), OF_ANOTHER),
        ("for an empty name", json!({ "obfuscatedExternalAccountId": "" }), OF_ANOTHER),
        ("for a name of another game", json!({ "obfuscatedExternalAccountId": "ann" }), OF_ANOTHER),
        ("for nobody here", json!({ "obfuscatedExternalAccountId": Uuid::new_v4() }), OF_ANOTHER),
    ]
}

/// What Google answers of the order of a purchase: never booked, and asked again later.
fn orders() -> Vec<(&'static str, Value)> {
    let jpy = |units: &str| json!({ "total": { "currencyCode": "JPY", "units": units } });
    vec![
        ("the order of another purchase", json!({ "purchaseToken": "another" })),
        ("an order of another name", json!({ "orderId": "GPA.other" })),
        ("an order without a total", json!({ "total": null })),
        ("an order without a currency", json!({ "total": { "units": "1" } })),
        ("an order in no currency", json!({ "total": { "currencyCode": "yen", "units": "1" } })),
        ("an order of less than nothing", jpy("-1")),
        (
            "an order of less than nothing in parts",
            json!({ "total": { "currencyCode": "JPY", "units": "1", "nanos": -1 } }),
        ),
        ("an order of too much", jpy("99999999999999999")),
        ("an order of words", jpy("one")),
    ]
}

/// What Google leaves open stays pending, and the reconciliation would go on with it.
async fn forget(bought: &[Bought]) {
    let mut conn = database::connect().await;
    for bought in bought {
        let forget = "delete from game_purchase.pending_purchases where purchase_id = ?";
        database::execute(&mut conn, forget, bought.purchase_id()).await.unwrap();
    }
}

#[tokio::test]
async fn each_input_at_googles_route_has_its_answer() {
    let (player, thief) = (Player::new().await, Player::new().await);
    let token = account_token(&player).await;
    let mut table = Table::new(Store::Google, &player);
    let mut sold = Vec::new();
    let body =
        |product: &str, token: &str| json!({ "product_id": product, "purchase_token": token });

    // Sent before the good one is booked: afterwards a token has its answer.
    let good = Store::Google.sell_to(&token, "gems-60", json!({})).await;
    let id = good.transaction_id.clone();
    for (name, product, token) in [
        ("a token that was never given out", "gems_60", "never-given-out"),
        ("bought cheap, claimed dear", "gems_3600", id.as_str()),
        ("a product that is not sold", "gems_61", &id),
        ("a product in capitals", "GEMS_60", &id),
        ("a name of Apple's", "game.tenjo.gems60", &id),
        ("half a token", "gems_60", &id[..20]),
        ("a token in capitals", "gems_60", &id.to_uppercase()),
        ("a token of dots", "gems_60", ".."),
        ("a token with a verb", "gems_60", &format!("{id}:consume")),
    ] {
        table.row(name, body(product, token), UNKNOWN);
    }
    let (long, long_product) = ("x".repeat(1501), "x".repeat(101));
    for (name, product, token) in [
        ("no name of a product", "", id.as_str()),
        ("a product with a blank", "gems 60", &id),
        ("a product that is a path", "gems/60", &id),
        ("a product that is too long", &long_product, &id),
        ("no token", "gems_60", ""),
        ("a token with a blank", "gems_60", "a b"),
        ("a token that is a path", "gems_60", "../../orders/1"),
        ("a token with a query", "gems_60", "a?b"),
        ("an encoded token", "gems_60", "a%2fb"),
        ("a token that is no ASCII", "gems_60", "天"),
        ("a token that is too long", "gems_60", &long),
    ] {
        table.row(name, body(product, token), BAD_REQUEST);
    }
    table.row("nothing", json!({}), BAD_REQUEST);
    table.row("a token without a product", json!({ "purchase_token": id }), BAD_REQUEST);

    for (name, with, expected) in of_google() {
        let bought = Store::Google.sell_to(&token, "gems-60", with).await;
        table.row(name, bought.body.clone(), expected);
        sold.push(bought);
    }
    let unknown = Store::Google.sell_to(&token, "gems-61", json!({})).await;
    table.row("of a product that the game does not know", unknown.body.clone(), NO_PRODUCT);
    table.row("the same again", unknown.body.clone(), NO_PRODUCT);
    let refunded = Store::Google.sell_to(&token, "gems-60", json!({})).await;
    refunded.happen("refund", None).await;
    table.row("refunded, and nobody told", refunded.body.clone(), REVOKED);
    let told = Store::Google.sell_to(&token, "gems-60", json!({})).await;
    told.happen("charge-back", None).await.send().await.data();
    table.row("charged back, and told", told.body.clone(), REVOKED);
    for (name, order) in orders() {
        let buy = json!({ "product_id": "gems_60", "account_token": token, "with_order": order });
        let sale = act("google/buy", &buy).await;
        let id = sale["purchase_token"].as_str().unwrap();
        table.row(name, body("gems_60", id), TRY_LATER);
        sold.push(Bought { transaction_id: id.to_owned(), ..good.clone() });
    }
    let others = Store::Google.sell_to(&account_token(&thief).await, "gems-60", json!({})).await;
    table.row("of another player", others.body.clone(), OF_ANOTHER);
    table.row("good", good.body.clone(), BOOKED);
    table.row("replayed", good.body.clone(), BOOKED);
    table.row("replayed as another product", body("gems_3600", &id), BOOKED);
    assert!(table.rows.len() >= 40, "{} inputs", table.rows.len());
    table.hold().await;
    forget(&sold).await;

    // However it is sent again, it is booked once, as what it is.
    assert_eq!((player.paid_gems().await, thief.paid_gems().await), ((60, 0), (0, 0)));
    let stolen = thief.post(Store::Google.route(), &good.body).await;
    assert_eq!(stolen.error(), (409, "purchase_of_another_player"));
    others.book(&thief).await.data();
    assert_eq!((player.paid_gems().await, thief.paid_gems().await), ((60, 0), (60, 0)));
    books::balance(player.user_id).await;
    books::balance(thief.user_id).await;
}
