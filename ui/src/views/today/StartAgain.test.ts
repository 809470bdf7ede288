// “Start again” in the toast of a session that ended: a failure is reported exactly once, whichever view is open.
import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { SessionDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { storeFor, useDesk } from "../../test/desk";
import TodayView from "./Today.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup();
let context = new Map([startingState.context()]);
const NONE = { failures: [], on_its_way: [], on_its_way_total: 0, ready: [], ready_total: 0 };
const FAILED = {
  code: "offline",
  message: "Couldn't start the class: no connection.",
  next: "Check the network, then try again.",
};

beforeEach(() => {
  Object.values(said).forEach((toast) => toast.mockReset());
  app.view = "today";
  context = new Map([startingState.context()]);
  app.now = new Date();
});

/** Ends the live session. Returns the function of “Start again” in its toast; starting it again fails. */
async function endOne(record: boolean) {
  const live = storeFor("live", Date.now()).live[0]!;
  const session: SessionDto = { ...live.session, record };
  const ended: SessionDto = { ...session, status: "ended", ended_at: new Date().toISOString(), can_start_again: true };
  let over = false;
  const desk = useDesk("empty", {
    live_list: () => (over ? [] : [{ ...live, session, people: 0, recording: null }]),
    sessions_list: () => [over ? ended : session],
    today: () => ({ ...NONE, unrecorded: over && record ? [ended] : [] }),
    session_end: () => {
      over = true;
      return { session: ended, already_ended: false, recording: null, waits_for: null };
    },
    session_start_again: () => {
      throw { code: "offline", message: "api.cloudflare.com cannot be reached.", next: "Check the network." };
    },
  });
  const { unmount } = render(TodayView, { context });
  await user.click(await screen.findByTestId("end-session"));
  await vi.waitFor(() => expect(said.undoable).toHaveBeenCalledOnce());
  await vi.waitFor(() => expect(screen.queryByTestId("live-card")).toBeNull());
  const again = said.undoable.mock.calls[0]?.[2] as () => void;
  return { desk, unmount, again };
}

it("reports a failed restart as a toast when the session has no row", async () => {
  const { again } = await endOne(false);
  again();
  await vi.waitFor(() => expect(said.problem).toHaveBeenCalledExactlyOnceWith(FAILED));
  expect(screen.queryByTestId("start-failure")).toBeNull();
});

it("reports a failed restart as a toast when another view is open", async () => {
  const { unmount, again } = await endOne(true);
  unmount();
  app.view = "recordings";
  again();
  await vi.waitFor(() => expect(said.problem).toHaveBeenCalledExactlyOnceWith(FAILED));
});

it("shows a failed restart on the row of the session, and not as a toast", async () => {
  const { desk, again } = await endOne(true);
  const row = await screen.findByTestId("unrecorded");
  const looked = desk.of("today").length;
  again();
  expect(await within(row).findByTestId("start-failure")).toHaveTextContent(FAILED.message);
  await vi.waitFor(() => expect(desk.of("today").length).toBeGreaterThan(looked));
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(said.problem).not.toHaveBeenCalled();
});
