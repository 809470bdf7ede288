import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { barriers } from "../test/axe";
import { useDesk } from "../test/desk";
import AutoEnd from "./AutoEnd.svelte";
import CloseQuestion from "./CloseQuestion.svelte";
import { storeFor } from "../test/desk";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../state/toasts", () => said);

const user = userEvent.setup();
const QUESTION = {
  title: "“Karate” is live with 23 people",
  description: "The room and the recording continue at Cloudflare.",
  background: "Start Hajime again to see the window.",
  end: "Stops the recording, removes 23 people from the room and closes it.",
  close: "Recording stops 60 s after the last person has left.",
};

async function ask(answers: Parameters<typeof useDesk>[1] = {}, question: object = QUESTION) {
  const desk = useDesk("live", answers);
  render(CloseQuestion);
  desk.emit("close_asked", question);
  await screen.findByRole("alertdialog");
  await vi.waitFor(() => expect(screen.getByTestId("close-background")).toHaveFocus());
  return desk;
}

it("offers the safest answer first, tells the shell that it is shown, and goes back on Esc", async () => {
  const desk = await ask();
  expect(desk.of("close_asked")).toHaveLength(1);
  expect(screen.getByRole("alertdialog")).toHaveTextContent("removes 23 people from the room");
  expect(await barriers()).toEqual([]);
  await user.keyboard("{Escape}");
  await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  expect(desk.calls.filter(({ command }) => command.startsWith("close_") && command !== "close_asked")).toEqual([]);
});

it("keeps running in the background on Enter", async () => {
  const desk = await ask();
  await user.keyboard("{Enter}");
  await vi.waitFor(() => expect(desk.of("close_to_background")).toHaveLength(1));
  await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
});

it("stays open with the reason when the class could not be ended", async () => {
  const waits = { code: "offline" as const, message: "The class has not ended yet.", next: "Keep Hajime running." };
  const desk = await ask({
    close_after_ending: () => {
      throw waits;
    },
  });
  await user.tab();
  await user.keyboard("{Enter}");
  expect(await screen.findByTestId("close-error")).toHaveTextContent("The class has not ended yet.");
  expect(desk.of("close_after_ending")).toHaveLength(1);
  await user.click(screen.getByTestId("confirm-close"));
  expect(desk.of("close_anyway")).toHaveLength(1);
});

it("offers no end while only a file is carried", async () => {
  await ask({}, { ...QUESTION, title: "The recording of “Karate” is being brought to Stream", end: null });
  expect(screen.queryByTestId("close-after-ending")).toBeNull();
});

it("counts down before a class ends by itself, and keeps it open", async () => {
  const first = storeFor("live", Date.now()).live[0];
  if (!first) throw new Error("the live scenario has a live session");
  const countdown = { at: new Date(Date.now() + 95_000).toISOString(), why: "empty" as const };
  let kept = false;
  const desk = useDesk("live", {
    live_list: () => [{ ...first, countdown: kept ? null : countdown }],
    session_keep_open: () => {
      kept = true;
      return null;
    },
  });
  render(AutoEnd);
  expect(await screen.findByTestId("auto-end-left")).toHaveTextContent(/^1:3\d$/);
  expect(screen.getByRole("alert")).toHaveTextContent("ends by itself soon");
  expect(await barriers()).toEqual([]);
  await user.click(screen.getByTestId("auto-end-keep"));
  await vi.waitFor(() => expect(screen.queryByTestId("auto-end")).toBeNull());
  expect(desk.of("session_keep_open")[0]?.args).toMatchObject({ keep: true });
  expect(said.done).toHaveBeenCalledOnce();
});
