//! What gzip costs and saves: the answers of each route at several levels.

use std::io::Write;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use tenjo_tests::player::Player;

/// How often each answer is compressed.
const TIMES: u32 = 200;

/// Prints bytes and CPU time. The functions use level 6.
pub(crate) async fn measure(player: &Player) {
    let pool = player.get("/v1/gacha/pools/pool-moon-festival").await.data();
    let revision = format!("/v1/gacha/revisions/{}", pool["revision"].as_str().unwrap());
    println!(
        "\n{:<44}{:>10}{:>8}{:>10}{:>10}",
        "gzip on this machine", "bytes", "level", "gzip", "µs"
    );
    for path in [
        "/v1/home",
        "/v1/gacha/pools",
        "/v1/gacha/pools/pool-moon-festival",
        "/v1/inventory/item-masters?limit=100",
        "/v1/purchases/products",
        revision.as_str(),
    ] {
        let text = player.get(path).await.body.to_string();
        let name = if path == revision { "/v1/gacha/revisions/{revision}" } else { path };
        for level in [1, 6, 9] {
            let mut shortened = Vec::new();
            let begun = Instant::now();
            for _ in 0..TIMES {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
                encoder.write_all(text.as_bytes()).unwrap();
                shortened = encoder.finish().unwrap();
            }
            let micros = begun.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES);
            let (long, short) = (text.len(), shortened.len());
            println!("{name:<44}{long:>10}{level:>8}{short:>10}{micros:>10.0}");
        }
    }
}
