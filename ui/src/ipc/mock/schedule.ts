// The mock's answers to the commands of the schedule, invitations included.
import { session } from "./scenario";
import { fail, type Answers, type World } from "./world";

export function schedule(world: World) {
  const { store, needCloud, findSession, findLive, putSession, putLive, draft, nextNumber } = world;
  return {
    sessions_list: ({ from, to }) =>
      store.sessions
        .filter((row) => (!from || row.end >= from) && (!to || row.start < to))
        .toSorted((a, b) => a.start.localeCompare(b.start)),
    session_create: ({ input }) => {
      const next = draft(session(nextNumber(), Date.now()), input);
      store.sessions = [...store.sessions, next];
      return next;
    },
    session_edit: ({ id, input }) => putSession(draft(findSession(id), input)),
    session_cancel: ({ id }) => putSession({ ...findSession(id), status: "cancelled" }),
    session_restore: ({ id }) => putSession({ ...findSession(id), status: "scheduled" }),
    session_invite: ({ id }) => {
      needCloud();
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
