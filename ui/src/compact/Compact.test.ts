import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { LiveDto, RecordingDto } from "../ipc/client";
import { barriers } from "../test/axe";
import { recording, session, storeFor, useDesk } from "../test/desk";
import Compact from "./Compact.svelte";
import { compactView } from "./view";

const user = userEvent.setup();
const now = new Date("2026-03-20T18:30:00Z");
const at = (seconds: number, from = now.getTime()) => new Date(from + seconds * 1_000).toISOString();

function live(more: Partial<LiveDto> = {}, end = 1_063, from = now.getTime()): LiveDto {
  const first = storeFor("live", from).live[0];
  if (!first) throw new Error("the live scenario has a live session");
  return {
    ...first,
    next_class: null,
    confirmed_at: at(-4, from),
    ...more,
    session: { ...first.session, title: "Karate", end: at(end, from) },
  };
}
const shown = (row: LiveDto) => compactView({ live: [row], sessions: [], onItsWay: [] }, now);

describe("the states of the small window", () => {
  it("are a class before its start", () => {
    const next = session(2, now.getTime() + 9 * 60_000, { title: "Karate", instructor: "M. Ito" });
    const view = compactView({ live: [], sessions: [next], onItsWay: [] }, now);
    expect(view).toMatchObject({ kind: "before", number: "9", unit: "min to start", small: "M. Ito" });
    const far = session(3, now.getTime() + 61 * 60_000);
    expect(compactView({ live: [], sessions: [far], onItsWay: [] }, now).kind).toBe("none");
  });

  it("are a class that is recorded, not recorded, paused, over time and about to end by itself", () => {
    expect(shown(live())).toMatchObject({
      kind: "live",
      number: "17:43",
      unit: "left",
      word: "Recording",
      small: "seen 4 s ago · 23 people",
    });
    expect(shown(live({ confirmed_at: at(-64) }))).toMatchObject({
      kind: "lost",
      tone: "fail",
      small: "not confirmed for 1 min 4 s",
    });
    expect(shown(live({ proof: "alarm", confirmed_at: null }))).toMatchObject({ kind: "lost", word: "Not recording" });
    expect(shown(live({ proof: "paused", proof_since: at(-120) }))).toMatchObject({
      kind: "paused",
      small: "for 2 min · 23 people",
    });
    const next_class = { title: "Aikido", start: at(480) };
    expect(shown(live({ next_class }, -372))).toMatchObject({
      kind: "over",
      number: "+6:12",
      unit: "over",
      late: true,
    });
    expect(shown(live({ countdown: { at: at(100), why: "late" } }, -900)).small).toBe("ends by itself in 1:40");
    expect(shown(live({ people: 0, empty_since: at(-18) })).small).toBe("recording stops in 42 s");
  });

  it("are a recording on its way, and nothing", () => {
    const row: RecordingDto = recording(1, now.getTime(), { title: "Karate" });
    expect(compactView({ live: [], sessions: [], onItsWay: [row] }, now)).toMatchObject({
      kind: "after",
      word: "On its way",
      title: "Karate",
    });
    expect(compactView({ live: [], sessions: [], onItsWay: [] }, now)).toMatchObject({ kind: "none" });
  });
});

function open(row: LiveDto) {
  return useDesk("live", { live_list: () => [row] });
}

it("ends a class with people in it at the second press only, and Esc takes the first one back", async () => {
  const desk = open(live({}, 1_063, Date.now()));
  render(Compact);
  const end = await screen.findByTestId("compact-end");
  await user.click(end);
  expect(end).toHaveTextContent("Press again: end for 23");
  await user.keyboard("{Escape}");
  expect(end).toHaveTextContent("End class");
  expect(desk.of("large_window")).toHaveLength(0);
  await user.click(end);
  expect(desk.of("session_end")).toHaveLength(0);
  await user.click(end);
  await vi.waitFor(() => expect(desk.of("session_end")).toHaveLength(1));
});

it("is used by the keyboard alone: Tab reaches every button, and Esc shows the large window", async () => {
  const desk = open(live({ people: 0 }, 1_063, Date.now()));
  render(Compact);
  await screen.findByTestId("compact-end");
  const reached: (string | undefined)[] = [];
  for (let press = 0; press < 4; press++) {
    await user.tab();
    reached.push((document.activeElement as HTMLElement | null)?.dataset["testid"]);
  }
  expect(reached).toEqual(["compact-large", "compact-pause", "compact-extend", "compact-end"]);
  await user.keyboard("{Enter}");
  await vi.waitFor(() => expect(desk.of("session_end")).toHaveLength(1));
  await user.keyboard("{Escape}");
  await vi.waitFor(() => expect(desk.of("large_window")).toHaveLength(1));
  expect(await barriers()).toEqual([]);
});

it("copies an invitation and starts the class before it begins", async () => {
  const soon = session(2, Date.now() + 9 * 60_000, { title: "Karate", instructor: "M. Ito" });
  const desk = useDesk("many", {
    live_list: () => [],
    sessions_list: () => [soon],
    session_invite: () => ({ made: 1, max: 50, copied: true, local_only: false }),
    session_start: () => ({ session: soon, already_live: false, opened: false }),
  });
  render(Compact);
  await user.click(await screen.findByTestId("compact-invite"));
  await vi.waitFor(() => expect(screen.getByTestId("compact-invite")).toHaveTextContent("Copied"));
  expect(desk.of("session_invite")).toHaveLength(1);
  await user.click(screen.getByTestId("compact-start"));
  expect(desk.of("session_start")[0]?.args).toMatchObject({ id: soon.id, early: false });
  expect(await screen.findByTestId("compact-error")).toHaveTextContent("The room is open, but your browser is not.");
  expect(await barriers()).toEqual([]);
});

it("shows why something failed in place of the state", async () => {
  const offline = { code: "offline" as const, message: "Cloudflare cannot be reached.", next: "Check the network." };
  useDesk("live", {
    live_list: () => [live({}, 1_063, Date.now())],
    recording_pause: () => {
      throw offline;
    },
  });
  render(Compact);
  await user.click(await screen.findByTestId("compact-pause"));
  expect(await screen.findByTestId("compact-error")).toHaveTextContent("Cloudflare cannot be reached.");
});

it("closes by itself when the last recording is ready", async () => {
  let onItsWay = [recording(1, Date.now(), { title: "Karate" })];
  const desk = useDesk("empty", {
    live_list: () => [],
    sessions_list: () => [],
    today: () => ({
      failures: [],
      unrecorded: [],
      on_its_way: onItsWay,
      on_its_way_total: 1,
      ready: [],
      ready_total: 0,
    }),
  });
  render(Compact);
  await vi.waitFor(() => expect(screen.getByTestId("compact")).toHaveAttribute("data-kind", "after"));
  onItsWay = [];
  desk.emit("changed", { topics: ["recordings"] });
  await vi.waitFor(() => expect(desk.of("compact_close")).toHaveLength(1));
});
