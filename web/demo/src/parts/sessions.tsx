// Where the player is logged in, and ending what should not be.

import { game, say } from "../game";
import { time, useWords } from "../text";
import { Loaded, tellFailure, useLoad } from "./load";

export function LiveSessions() {
  const words = useWords();
  const sessions = useLoad(() => game.liveSessions().all(), "sessions");
  const end = async (act: () => Promise<void>) => {
    try {
      await act();
      say(words.sessionEnded);
    } catch (error) {
      tellFailure(error);
    }
    await sessions.reload();
  };
  return (
    <section class="panel">
      <h2>{words.sessions}</h2>
      <p class="hint">{words.sessionsText}</p>
      <Loaded from={sessions}>
        {(all) => (
          <>
            <ul class="sessions">
              {all.map(({ session_id, device_type, is_current, created_at, used_at }) => {
                const kind = words.deviceTypes[device_type ?? "other"] ?? words.deviceTypes["other"];
                return (
                  <li key={session_id}>
                    <span>
                      <strong>{kind}</strong>{is_current && <> <span class="tag">{words.thisDevice}</span></>}
                      <small class="hint">{words.sessionSince(time(created_at), time(used_at))}</small>
                    </span>
                    {!is_current && (
                      <button type="button" class="button button-quiet" onClick={() => void end(() => game.endSession(session_id))}>
                        {words.endSession}<span class="visually-hidden"> {kind} {time(created_at)}</span>
                      </button>
                    )}
                  </li>
                );
              })}
            </ul>
            {all.length > 1 && <button type="button" class="button" onClick={() => void end(() => game.endOtherSessions())}>{words.endOthers}</button>}
          </>
        )}
      </Loaded>
    </section>
  );
}
