// The mock's answers to the commands about class links.
import type { ClassLinkDto } from "../bindings";
import { clock } from "../../lib/format";
import { fail, MINUTE, type Answers, type World } from "./world";

/** How long before a class its link opens, in minutes. */
const OPENS_BEFORE = 15;

export function classLinks(world: World) {
  const { findSession, store } = world;
  /** Which links were made, by the id of the series or the class. */
  const made = new Set<string>();

  function of(sessionId: string, series: boolean) {
    const session = findSession(sessionId);
    if (store.door.state === "none")
      fail("conflict", "There is no class link, because the join page has no door.", "Publish it in Settings.");
    const key = series && session.series ? session.series.id : session.id;
    const answer = (): ClassLinkDto => {
      const opens = clock(new Date(Date.parse(session.start) - OPENS_BEFORE * MINUTE).toISOString());
      return {
        link: made.has(key),
        copied: true,
        sentence: `Anyone with this link comes in, up to ${session.max_participants} people. It opens at ${opens}.`,
        waits: null,
      };
    };
    return { key, answer };
  }
  function make({ sessionId, series }: { sessionId: string; series: boolean }): ClassLinkDto {
    const { key, answer } = of(sessionId, series);
    made.add(key);
    return answer();
  }

  return {
    class_link_state: ({ sessionId, series }) => of(sessionId, series).answer(),
    class_link_copy: make,
    class_link_renew: make,
    class_link_revoke: ({ sessionId, series }) => {
      const { key, answer } = of(sessionId, series);
      made.delete(key);
      return answer();
    },
  } satisfies Partial<Answers>;
}
