// The mock's answers to the commands of the schedule, invitations included.
import type { ChangeDto, SessionDto } from "../bindings";
import { iso, session } from "./scenario";
import { fail, type Answers, type World } from "./world";

export function schedule(world: World) {
  const { store, needCloud, findSession, findLive, putSession, putLive, draft, nextNumber, undoChange, emit } = world;
  /** The changes that were made, newest first, each with the session as it was before. */
  const changes: { change: ChangeDto; before: SessionDto }[] = [];
  function changed(before: SessionDto, after: SessionDto): SessionDto {
    const fields = (Object.keys(after) as (keyof SessionDto)[]).filter((name) => before[name] !== after[name]);
    const change = { id: `change-${nextNumber()}`, at: iso(Date.now()), actor: "Ana", kind: "session", fields };
    changes.unshift({ change: { ...change, creation: false, undone: false }, before });
    return putSession(after);
  }
  return {
    session_changes: ({ sessionId, limit }) =>
      changes
        .filter(({ before }) => before.id === sessionId)
        .map(({ change }) => change)
        .slice(0, limit),
    change_undo: ({ change: id }) => {
      if (undoChange(id)) {
        emit("recordings");
        const kind = "recording";
        return { id, at: iso(Date.now()), actor: "Ana", kind, fields: ["tags"], creation: false, undone: false };
      }
      const found = changes.find(({ change }) => change.id === id);
      if (!found) fail("not_found", "That change is no longer there.", "Go back to the schedule and look again.");
      found.change.undone = true;
      changed(findSession(found.before.id), found.before);
      return found.change;
    },
    sessions_list: ({ from, to }) =>
      store.sessions
        .filter((row) => (!from || row.end >= from) && (!to || row.start < to))
        .toSorted((a, b) => a.start.localeCompare(b.start)),
    session_create: ({ input }) => {
      const next = draft(session(nextNumber(), Date.now()), input);
      store.sessions = [...store.sessions, next];
      return next;
    },
    session_edit: ({ id, input }) => changed(findSession(id), draft(findSession(id), input)),
    session_cancel: ({ id }) => changed(findSession(id), { ...findSession(id), status: "cancelled" }),
    session_restore: ({ id }) => putSession({ ...findSession(id), status: "scheduled" }),
    session_invite: ({ id }) => {
      needCloud();
      const planned = findSession(id);
      if (planned.status === "scheduled") {
        return { made: 1, max: planned.max_participants, copied: true, local_only: store.desk.invites_local_only };
      }
      const live = findLive(id);
      const max = live.session.max_participants;
      if (live.invites_made >= max) {
        fail("room_full", `All ${max} invitations are made.`, "Raise the maximum of the session to make more.");
      }
      putLive({ ...live, invites_made: live.invites_made + 1 });
      return { made: live.invites_made + 1, max, copied: true, local_only: store.desk.invites_local_only };
    },
  } satisfies Partial<Answers>;
}
