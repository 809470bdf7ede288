import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { LiveDto } from "../../ipc/client";
import { clock } from "../../lib/format";
import { barriers } from "../../test/axe";
import { storeFor, useDesk } from "../../test/desk";
import LiveCard from "./LiveCard.svelte";

const user = userEvent.setup();
const now = new Date("2026-03-20T18:30:00Z");
const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000).toISOString();

function live(more: Partial<LiveDto> = {}, about: Partial<LiveDto["session"]> = {}): LiveDto {
  const first = storeFor("live", now.getTime()).live[0];
  if (!first) throw new Error("the live scenario has a live session");
  const session = { ...first.session, start: at(-1_800), end: at(1_800), started_at: at(-1_740), ...about };
  return { ...first, next_class: null, confirmed_at: at(-4), ...more, session };
}

function show(row: LiveDto, answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk("live", answers);
  const calls = Object.fromEntries(
    ["onpause", "onresume", "oninvite", "onpeople", "onroom", "onextend", "onrejoin", "onend"].map((name) => [
      name,
      vi.fn(),
    ]),
  ) as Record<"onpause" | "onresume" | "onextend" | "onend", ReturnType<typeof vi.fn>>;
  const busy = () => false;
  render(LiveCard, { live: row, now, localOnly: false, keyed: true, busy, ...calls } as never);
  return { desk, ...calls };
}

it("shows the time left, the people and when the recording was seen", async () => {
  show(live({ people: 23 }));
  expect(screen.getByTestId("live-left")).toHaveTextContent("30:00");
  expect(screen.getByTestId("live-timer")).toHaveTextContent("29:00");
  expect(screen.getByTestId("live-people")).toHaveTextContent("23");
  expect(screen.getByTestId("live-seen")).toHaveTextContent("seen 4 s ago");
  expect(screen.getByTestId("live-proof")).toHaveAttribute("data-grade", "good");
  expect(screen.getByRole("img", { name: "30 of 60 minutes are over" })).toBeInTheDocument();
  expect(await screen.findByTestId("room-count")).toBeInTheDocument();
  expect(await barriers()).toEqual([]);
});

it("turns amber after 15 s and asks for one press after a minute without proof", async () => {
  show(live({ confirmed_at: at(-16) }));
  expect(screen.getByTestId("live-proof")).toHaveAttribute("data-grade", "old");
  expect(screen.getByTestId("pause-recording")).toBeVisible();
  document.body.innerHTML = "";
  const { onresume } = show(live({ confirmed_at: at(-64) }));
  expect(screen.getByRole("alert")).toHaveTextContent("Cloudflare has not confirmed the recording for 1 min 4 s.");
  expect(screen.queryByTestId("pause-recording")).toBeNull();
  await user.click(screen.getByTestId("resume-recording"));
  expect(onresume).toHaveBeenCalledOnce();
  expect(await barriers()).toEqual([]);
});

it("says by how much the class is over time and when the next one starts", () => {
  const next_class = { title: "Aikido", start: at(480) };
  show(live({ next_class }, { end: at(-372) }));
  expect(screen.getByTestId("live-left")).toHaveTextContent("6:12");
  expect(screen.getByTestId("live-card")).toHaveTextContent("Over time by");
  expect(screen.getByTestId("live-next")).toHaveTextContent(`Next: Aikido starts in 8 min, at ${clock(at(480))}.`);
});

it.each([
  [300, "5 minutes are left until the planned end."],
  [230, "4 minutes are left until the planned end."],
  [42, "1 minute is left until the planned end."],
  [301, ""],
  [-5, ""],
])("announces the last minutes with their number: %s s before the end", (seconds, words) => {
  show(live({}, { end: at(seconds) }));
  expect(screen.getByTestId("live-last-minutes").textContent).toBe(words);
});

it("says how long an empty room is still recorded", () => {
  show(live({ people: 0, empty_since: at(-18) }));
  expect(screen.getByTestId("live-empty")).toHaveTextContent("recording stops in 42 s");
});

it("says that the computer may fall asleep, and that its clock was set back", async () => {
  show(live({}, { started_at: at(3_600) }), { computer_awake: () => "may_fall_asleep" });
  expect(await screen.findByTestId("live-awake")).toHaveTextContent("This computer may fall asleep");
  expect(screen.getByTestId("live-clock")).toHaveTextContent("The clock of this computer was set back");
  expect(await barriers()).toEqual([]);
});

it("offers the last moment before the next class as an end", async () => {
  const next_class = { title: "Aikido", start: at(1_800 + 20 * 60) };
  const { onextend } = show(live({ next_class }));
  await user.click(screen.getByTestId("extend-other"));
  expect(await screen.findByTestId("extend-last")).toHaveTextContent("is the last moment before “Aikido”.");
  await user.click(screen.getByTestId("extend-to-20"));
  expect(onextend).toHaveBeenCalledExactlyOnceWith(20);
});

it("opens the small window", async () => {
  const { desk } = show(live());
  await user.click(screen.getByTestId("open-compact"));
  expect(desk.of("compact_open")).toHaveLength(1);
});
