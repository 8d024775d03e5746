// Why a proof is wrong, in Japanese. The checker of the kit speaks English, as the other two
// do; what is not here is shown as it says it.

import type { Language } from "../language";

/** What the checker says, with its parts in groups, and the same in Japanese. */
const JA: [RegExp, string][] = [
  // The proof of a purchase.
  [/^the commitment is another than you noted$/, "約束が、控えておいたものと違います。"],
  [/^the commitment is none that you noted$/, "約束が、控えておいたどれとも違います。"],
  [/^the purchase was quoted outside its period$/, "価格の提示が、期間の外でした。"],
  [/^the seed and the period are not what was committed to$/, "シードと期間が、約束と一致しません。"],
  [/^there is a root before the seed is revealed$/, "シードの公開より前に、期間の根があります。"],
  [/^the purchase is not under the root of its period, or not in its totals$/, "この購入は、期間の根の下にも集計にも入っていません。"],
  [/^there is pity before it, but the pool has none$/, "天井のない召喚なのに、天井の回数があります。"],
  [/^the pool did not sell then$/, "そのとき、この召喚は開いていませんでした。"],
  [/^the pool did not sell that$/, "この召喚では、その内容は売られていませんでした。"],
  [/^what was taken is not the price$/, "支払われた額が、価格と違います。"],
  [/^the rules give other points$/, "規則どおりのポイントではありません。"],
  [/^the draws give (.+)$/, "サイコロが示す結果は $1 です。"],
  [/^the draws leave (.+)$/, "召喚のあとの状態は、規則では $1 です。"],
  [/^the default client seed is the player's id, and was never set$/, "もとのサイコロはプレイヤーIDで、設定されたことはないはずです。"],
  [/^the client seed was set at another time than its origin says$/, "サイコロの決まった時刻が、その由来と合いません。"],
  [/^the client seed comes from nowhere$/, "サイコロの由来がわかりません。"],
  [/^the client seed is not 1 to 64 visible ASCII characters$/, "サイコロが、1〜64文字の英数記号ではありません。"],
  [/^the rules of the pool do not have that revision$/, "召喚の規則が、記録された版と違います。"],
  [/^the rules are not those of their revision$/, "規則が、その版のものではありません。"],
  [/^the rules have another format$/, "規則の形式が違います。"],
  [/^the rules are another pool's$/, "規則が、別の召喚のものです。"],
  [/^a void purchase has neither results nor a state after it, and any other has both$/, "無効な購入に結果があるか、有効な購入に結果がありません。"],
  [/^the algorithm is another$/, "引き方が、別のものです。"],
  [/^the state names copies of which none is gone$/, "箱から減っていないものが、減ったことになっています。"],
  [/^the period does not begin and end on whole seconds$/, "期間の始まりか終わりが、秒の区切りではありません。"],
  [/^the period is too long$/, "期間が長すぎます。"],
  [/^there is nothing to draw from$/, "引くものがありません。"],
  [/^totals overflow$/, "集計が大きすぎます。"],
  [/^a sibling is on no side$/, "根への道が、左右のどちらでもありません。"],
  [/^this is the proof of another purchase$/, "別の購入の証明です。"],
  // One purchase after the other.
  [/^draw numbers count from 1$/, "購入番号は1から始まるはずです。"],
  [/^this draw number comes twice$/, "同じ購入番号が2つあります。"],
  [/^purchases (\d+) are missing$/, "購入 $1 がありません。"],
  [/^purchases (\d+) to (\d+) are missing$/, "購入 $1〜$2 がありません。"],
  [/^the pool (\S+) was left at (.+)$/, "召喚 $1 は、前の購入のあと $2 だったはずです。"],
  [/^the pity group (\S+) was left at (.+)$/, "天井 $1 は、前の購入のあと $2 だったはずです。"],
  [/^the list of your draw numbers leaves it out$/, "あなたの購入番号の一覧に、この購入がありません。"],
  [/^the list of draw numbers leaves out (\d+), of which you have a receipt$/, "レシートのある購入 $1 が、購入番号の一覧にありません。"],
  [/^the list of draw numbers leaves out (\d+)$/, "購入番号の一覧に、$1 がありません。"],
  [/^the list of draw numbers leaves out (\d+) to (\d+)$/, "購入番号の一覧に、$1〜$2 がありません。"],
  [/^the list of draw numbers ends at (\d+), and the next number is (\d+)$/, "購入番号の一覧は $1 で終わりますが、次の番号は $2 です。"],
  [/^purchase (\d+) is listed as another than it is$/, "購入 $1 が、一覧では別のものになっています。"],
  // Periods.
  [/^the period from (\S+) was described in another way when it was noted$/, "$1 からの期間が、控えたときと違います。"],
  [/^the period from (\S+) was described in two ways$/, "$1 からの期間が、2通りに示されています。"],
  [/^the seed of the period from (\S+) is not what was committed to$/, "$1 からの期間のシードが、約束と一致しません。"],
  [/^a period begins before the one before it ends$/, "前の期間が終わる前に、次の期間が始まっています。"],
  // Receipts.
  [/^a receipt has three parts$/, "レシートの形が違います。"],
  [/^it is no receipt$/, "これはレシートではありません。"],
  [/^its key is not published$/, "レシートの鍵が公開されていません。"],
  [/^the server did not sign it$/, "レシートに、サーバーの署名がありません。"],
  [/^it is of another purchase than the answer$/, "レシートが、答えとは別の購入のものです。"],
  [/^it has other items than the answer$/, "レシートの結果が、答えと違います。"],
  [/^it has another cost than the answer$/, "レシートの支払いが、答えと違います。"],
  [/^the server says something else elsewhere$/, "サーバーが、ほかでは別のことを示しています。"],
  [/^two receipt keys have one name$/, "同じ名前の鍵が2つあります。"],
  // What cannot be read.
  [/^there is neither a proof nor a receipt to check$/, "証明もレシートもありません。"],
  [/^there is an answer with nothing to check$/, "検証するもののない答えがあります。"],
  [/^(.+) is no (?:object|list|text|whole number|whole number from 0|rarity|UUID|date|time of day|time with an offset from UTC|offset from UTC|base64url)$/, "$1 を読めません。"],
  [/^(.+) is neither true nor false$/, "$1 を読めません。"],
  [/^(.+) is not \d+ bytes in hexadecimal$/, "$1 の長さか形が違います。"],
  [/^(.+) has bits after its end$/, "$1 の形が違います。"],
  [/^the kind of the pool is another$/, "召喚の種類がわかりません。"],
  [/^(.+) is another$/, "$1 が、知られているものと違います。"],
  [/^there is no (?:text|value) at \d+$/, "答えが、途中で切れているか壊れています。"],
  [/^(?:an object|a list) does not end at \d+$/, "答えが、途中で切れているか壊れています。"],
  [/^the text goes on after its end$/, "答えのあとに、余分なものがあります。"],
  [/^it is nested too deeply$/, "答えの入れ子が深すぎます。"],
  [/^the field (.+) comes twice$/, "$1 が2つあります。"],
  [/^it is not whole: (.+)$/, "欠けているところがあります。($1)"],
];

/** The same reason in this language; null if it is only known as it is. */
export function reasonIn(language: Language, reason: string): string | null {
  if (language === "en") return null;
  // A proof that cannot be read, and several things that are wrong with one purchase.
  const proof = /^a proof: (.+)$/s.exec(reason);
  if (proof) return reasonIn(language, proof[1]!);
  const parts = reason.split(/; (?=the p)/);
  if (parts.length > 1) {
    const told = parts.map((part) => reasonIn(language, part));
    return told.includes(null) ? null : told.join("");
  }
  for (const [pattern, words] of JA) {
    const found = pattern.exec(reason);
    if (found) return words.replace(/\$(\d)/g, (_, group: string) => found[Number(group)] ?? "");
  }
  return null;
}
