import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveDto, SessionDto } from "../../ipc/client";
import { clock } from "../../lib/format";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { barriers } from "../../test/axe";
import { storeFor, useDesk } from "../../test/desk";
import TodayView from "./Today.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();
const MINUTE = 60_000;
const fakeOther = "019adde5-0000-7000-8000-0000000000ff";
let context = new Map([startingState.context()]);

function liveWith(about: Partial<SessionDto>, more: Partial<LiveDto> = {}): LiveDto {
  const live = storeFor("live", Date.now()).live[0];
  if (!live) throw new Error("the live scenario has a live session");
  return { ...live, ...more, session: { ...live.session, ...about } };
}
const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();

beforeEach(() => {
  Object.values(said).forEach((spy) => spy.mockClear());
  app.view = "today";
  context = new Map([startingState.context()]);
  app.now = new Date();
});

describe("extending the live class", () => {
  it("moves the planned end, and the undo moves it back", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    await screen.findByTestId("live-card");
    const shown = () => Number(screen.getByTestId("live-left").textContent.split(":")[0]);
    expect(shown()).toBe(17);
    await user.click(screen.getByTestId("extend-15"));
    await vi.waitFor(() => expect(shown()).toBe(32));
    expect(desk.of("session_extend")[0]?.args).toMatchObject({ minutes: 15 });
    const [message, words, undo] = said.undoable.mock.calls[0] as [string, string, () => void];
    expect(message).toMatch(/^The class ends at \d\d:\d\d$/);
    expect(words).toBe("The room and the recording continue.");
    undo();
    await vi.waitFor(() => expect(shown()).toBe(17));
    expect(desk.of("session_extend_undo")).toHaveLength(1);
  });

  it("names the class that it now overlaps, in the answer and on the card", async () => {
    const next = { title: "Judo open mat", start: at(30) };
    const live = liveWith({});
    useDesk("live", {
      live_list: () => [liveWith({}, { overlapped: next, recording_cut: at(40) })],
      session_extend: () => ({ session: live.session, change: "c", overlapped: next, recording_cut: at(40) }),
    });
    render(TodayView, { context });
    await user.click(await screen.findByTestId("extend-5"));
    await vi.waitFor(() => expect(said.undoable).toHaveBeenCalledOnce());
    expect(said.undoable.mock.calls[0]?.[1]).toBe(
      `“Judo open mat” begins before that, at ${clock(next.start)}. Cloudflare ends the recording at ${clock(at(40))}; Hajime begins another one then.`,
    );
    const ahead = screen.getByTestId("live-ahead");
    expect(ahead).toHaveTextContent(`“Judo open mat” begins at ${clock(next.start)}, before this class ends.`);
    expect(ahead).toHaveTextContent("after 24 hours. Hajime begins another one then.");
    expect(await barriers()).toEqual([]);
  });

  it("takes any number of minutes up to a day, and says what is wrong with another", async () => {
    const desk = useDesk("live");
    render(TodayView, { context });
    await user.click(await screen.findByTestId("extend-other"));
    const field = await screen.findByTestId("extend-minutes");
    await user.clear(field);
    await user.type(field, "1441{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("Give a number of minutes from 1 to 1440.");
    expect(await barriers(field.closest("form") ?? document.body)).toEqual([]);
    expect(desk.of("session_extend")).toHaveLength(0);
    await user.clear(field);
    await user.type(field, "40{Enter}");
    await vi.waitFor(() => expect(desk.of("session_extend")[0]?.args).toMatchObject({ minutes: 40 }));
    await vi.waitFor(() => expect(screen.queryByTestId("extend-dialog")).toBeNull());
  });
});

describe("after the planned end", () => {
  it("asks what follows, ends nothing by itself, and asks once for each planned end", async () => {
    let end = at(-1);
    const desk = useDesk("live", { live_list: () => [liveWith({ end })] });
    const first = render(TodayView, { context });
    const question = await screen.findByTestId("past-end");
    expect(question).toHaveTextContent("The planned end has passed.");
    expect(await barriers()).toEqual([]);
    await user.click(within(question).getByTestId("past-end-go-on"));
    expect(screen.queryByTestId("past-end")).toBeNull();
    expect(desk.of("session_end")).toHaveLength(0);
    first.unmount();
    // Not again after another view was shown.
    const second = render(TodayView, { context });
    await screen.findByTestId("live-card");
    expect(screen.queryByTestId("past-end")).toBeNull();
    second.unmount();
    end = at(-0.5);
    render(TodayView, { context });
    expect(await screen.findByTestId("past-end")).toBeVisible();
  });

  it("extends by a quarter of an hour, or asks before it ends the class", async () => {
    const desk = useDesk("live", { live_list: () => [liveWith({ end: at(-3) })] });
    render(TodayView, { context });
    await user.click(await screen.findByTestId("past-end-extend"));
    await vi.waitFor(() => expect(desk.of("session_extend")[0]?.args).toMatchObject({ minutes: 15 }));
    await user.click(screen.getByTestId("past-end-end"));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("for everybody?");
    expect(desk.of("session_end")).toHaveLength(0);
  });

  it("is answered by keyboard, and the focus stays on the card", async () => {
    const desk = useDesk("live", { live_list: () => [liveWith({ end: at(-3.5) })] });
    render(TodayView, { context });
    const question = await screen.findByTestId("past-end");
    await vi.waitFor(() => app.handleKey(new KeyboardEvent("keydown", { key: "e", ctrlKey: true, cancelable: true })));
    await vi.waitFor(() => expect(desk.of("session_extend")[0]?.args).toMatchObject({ minutes: 15 }));
    const goOn = within(question).getByTestId("past-end-go-on");
    for (let presses = 0; document.activeElement !== goOn && presses < 40; presses += 1) await user.tab();
    expect(goOn).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(screen.queryByTestId("past-end")).toBeNull();
    await vi.waitFor(() => expect(screen.getByTestId("extend-5")).toHaveFocus());
  });

  it("does not ask before the planned end or while the class is ending", async () => {
    useDesk("live", {
      live_list: () => [liveWith({ end: at(5) }), liveWith({ id: "x", end: at(-5), status: "ending" })],
    });
    render(TodayView, { context });
    await screen.findAllByTestId("live-card");
    expect(screen.queryByTestId("past-end")).toBeNull();
  });
});

describe("the people in the room", () => {
  it("are listed beside the first class, and behind a button of each other one", async () => {
    const first = liveWith({});
    const other = liveWith({ id: fakeOther, title: "Judo" });
    useDesk("live", {
      live_list: () => [first, other],
      room_people: () => ({ people: [], checked_at: at(0) }),
    });
    render(TodayView, { context });
    expect(await screen.findByTestId("room-count")).toHaveTextContent("Nobody is in the room");
    await user.click(screen.getByTestId("open-room"));
    const dialog = await screen.findByRole("dialog");
    expect(dialog).toHaveTextContent("Who is here");
    expect(await within(dialog).findByTestId("room-count")).toBeVisible();
  });
});
