// The mock's answers to the commands about people who wait to be let into a class, and about the lock.
import type { WaitingRoomDto } from "../bindings";
import { iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

/** Who waits in a class that asks the host. */
const FIRST = ["E. Weiss", "نور الحسن", "Yuki Tanaka-Fernández de la Vega"];

export function waiting(world: World) {
  const { needCloud, findLive, store } = world;
  const rooms = new Map<string, WaitingRoomDto>();

  function roomOf(sessionId: string): WaitingRoomDto {
    const door = store.door.state !== "none";
    return rooms.get(sessionId) ?? { door, locked: false, people: [] };
  }
  function put(sessionId: string, change: Partial<WaitingRoomDto>): WaitingRoomDto {
    needCloud();
    findLive(sessionId);
    const next = { ...roomOf(sessionId), ...change };
    rooms.set(sessionId, next);
    return next;
  }
  function without(sessionId: string, seat: string): WaitingRoomDto {
    const { people } = roomOf(sessionId);
    if (!people.some((one) => one.seat === seat))
      fail("not_found", "That person does not wait any more.", "Look at the list again.");
    return put(sessionId, { people: people.filter((one) => one.seat !== seat) });
  }

  return {
    waiting_list: ({ sessionId }) => roomOf(sessionId),
    waiting_admit: ({ sessionId, seat }) => without(sessionId, seat),
    waiting_refuse: ({ sessionId, seat }) => without(sessionId, seat),
    waiting_admit_all: ({ sessionId }) => put(sessionId, { people: [] }),
    class_lock: ({ sessionId, locked }) => {
      const since = iso(Date.now() - MINUTE);
      const people = FIRST.map((name, index) => ({ seat: `seat-${index}`, name, since }));
      return put(sessionId, { locked, people: locked ? people : [] });
    },
  } satisfies Partial<Answers>;
}
