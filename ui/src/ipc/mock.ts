// A mock of the shell that keeps its data in memory and answers every command. It serves the page in a plain browser,
// and tests. The packaged app does not contain it.
import { CHANGES, type Commands } from "./bindings";
import { calendar } from "./mock/calendar";
import { calendarFeeds } from "./mock/calendar-feeds";
import { calendarFiles } from "./mock/calendar-files";
import { classLinks } from "./mock/class-links";
import { delivery } from "./mock/delivery";
import { healthAlerts } from "./mock/health-alerts";
import { healthDesk } from "./mock/health-desk";
import { healthMetrics } from "./mock/health-metrics";
import { healthStorage } from "./mock/health-storage";
import { healthUsage } from "./mock/health-usage";
import { keys } from "./mock/keys";
import { history } from "./mock/history";
import { desktop } from "./mock/desktop";
import { door } from "./mock/door";
import { library } from "./mock/library";
import { liveRoom } from "./mock/live-room";
import { planning } from "./mock/planning";
import { preflight } from "./mock/preflight";
import { profile } from "./mock/profile";
import { recorder } from "./mock/recorder";
import { reminders } from "./mock/reminders";
import { roles } from "./mock/roles";
import { roster } from "./mock/roster";
import { schedule } from "./mock/schedule";
import { series } from "./mock/series";
import { sharing } from "./mock/sharing";
import { waiting } from "./mock/waiting";
import { watchLinks } from "./mock/watch-links";
import { createWorld, fail, type Answers } from "./mock/world";
import type { Transport } from "./transport";

/** `pace` is how long each step of a recording takes, in milliseconds. */
export function createMock(scenario: string, pace = 4000): Transport {
  const world = createWorld(scenario, pace);
  // A command that no feature answers fails the type check here.
  const answers: Answers = {
    ...schedule(world),
    ...planning(world),
    ...preflight(world),
    ...calendar(world),
    ...calendarFiles(world),
    ...calendarFeeds(world),
    ...roster(world),
    ...series(world),
    ...recorder(world),
    ...liveRoom(world),
    ...history(world),
    ...library(world),
    ...healthStorage(world),
    ...healthUsage(world),
    ...sharing(world),
    ...keys(world),
    ...delivery(world),
    ...healthMetrics(world),
    ...reminders(),
    ...desktop(),
    ...profile(world),
    ...healthAlerts(world),
    ...healthDesk(world),
    ...roles(world),
    ...door(world),
    ...classLinks(world),
    ...waiting(world),
    ...watchLinks(world),
  };
  return {
    invoke: async (command, args = {}) => {
      if (!(command in answers))
        fail("internal", `There is no command called ${command}.`, "Report this to the developers.");
      const name = command as keyof Commands;
      const answer = (answers[name] as (args: Record<string, unknown>) => unknown)(args);
      if (CHANGES[name].length > 0) world.emit(...CHANGES[name]);
      // Answers are copies, because the real shell shares no objects with the page.
      return structuredClone(answer);
    },
    listen: world.listen,
  };
}
