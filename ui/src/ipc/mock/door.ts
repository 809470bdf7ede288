// The mock's answers to the commands about the door behind the join page.
import type { DoorStatusDto, JoinPageDto } from "../bindings";
import { fail, MINUTE, type Answers, type World } from "./world";

/** The account before a page with a door was published. */
export const noDoor: DoorStatusDto = {
  state: "none",
  sentence: "There is no door. It is published together with the join page.",
  version: null,
  published_at: null,
  answered_at: null,
  exchanged_at: null,
  trouble: null,
  size_bytes: null,
  size_max_bytes: 500_000_000,
  limits: [
    "500 MB for the database. When it is full, nobody new comes in or watches by a link.",
    "5 million rows read and 100,000 rows written a day. When they are used up, links open again at midnight UTC.",
    "100,000 requests a day. When they are used up, the page opens again at midnight UTC. Direct links and classes that are live go on.",
  ],
  troubles: [],
  signing_key: false,
  token: "made",
  class_links: 0,
  watch_links: 0,
};

/** A door that was published at this time, in milliseconds since 1970. */
export function openDoor(now: number, version: string): DoorStatusDto {
  const at = (minutesAgo: number) => new Date(now - minutesAgo * MINUTE).toISOString();
  return {
    ...noDoor,
    state: "open",
    sentence: "The door is open: class links and watch links lead through it.",
    version,
    published_at: at(90),
    answered_at: at(1),
    exchanged_at: at(1),
    size_bytes: 1_240_000,
    signing_key: true,
    class_links: 12,
    watch_links: 3,
  };
}

/** The join page of an account that published it. */
export const pageAt = (address: string, version: string, published_at: string): JoinPageDto => ({
  state: "current",
  sentence: "The join page of this Hajime is published and opens.",
  address,
  in_use: true,
  suggested_name: null,
  asks_before_replacing: false,
  published_version: version,
  published_at,
});

export function door(world: World) {
  const { store, needCloud } = world;
  function opened(): DoorStatusDto {
    needCloud();
    if (store.door.state === "none") fail("conflict", "There is no door.", "Publish the join page.");
    return store.door;
  }
  return {
    sharing_ways: () => ({ door: store.door.state !== "none", sentence: WAYS[store.door.state === "none" ? 0 : 1] }),
    door_status: () => {
      needCloud();
      return store.door;
    },
    door_rotate: opened,
    door_end_plays: opened,
    door_remove: () => {
      opened();
      return (store.door = noDoor);
    },
    door_token_paste: ({ token }) => {
      needCloud();
      if (token.length < 8) {
        const message = "RealtimeKit refuses this token.";
        const next = "Make one with the permission “Realtime: Edit”, and paste it whole.";
        fail("invalid_input", message, next, [{ field: "token", message, next }]);
      }
      return (store.door = { ...store.door, token: "pasted" });
    },
  } satisfies Partial<Answers>;
}

const WAYS = [
  "Watch pages need the door of the join page, which is not published. A direct link works for 24 hours.",
  "The join page has a door.",
] as const;
