import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LiveDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { storeFor, useDesk } from "../../test/desk";
import RoomPeople from "./RoomPeople.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const user = userEvent.setup({ advanceTimers: (ms) => vi.advanceTimersByTime(ms) });
const sessionId = storeFor("live", Date.now()).live[0]?.session.id ?? "";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  said.done.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

it("names those who are there before those who left, with role, times and the name on the list", async () => {
  useDesk("live");
  render(RoomPeople, { sessionId });
  expect(await screen.findByTestId("room-count")).toHaveTextContent("6 people in the room");
  const rows = screen.getAllByTestId("room-person");
  expect(rows[0]).toHaveTextContent(/R\. Alves\s*Host\s*since \d\d:\d\d/);
  expect(rows[2]).toHaveTextContent("on the list as C. Duarte");
  expect(rows.at(-1)).toHaveTextContent(/D\. Szabo\s*left at \d\d:\d\d, joined at \d\d:\d\d, 28 min in the room/);
  // Neither the host who runs the class nor somebody who has left can be removed.
  expect(within(rows[0] as HTMLElement).queryByTestId("room-remove")).toBeNull();
  expect(within(rows.at(-1) as HTMLElement).queryByTestId("room-remove")).toBeNull();
  expect(screen.getAllByTestId("room-remove")).toHaveLength(5);
  expect(await barriers()).toEqual([]);
});

it("asks before it removes somebody, and removes on Enter", async () => {
  const desk = useDesk("live");
  render(RoomPeople, { sessionId });
  await user.click(await screen.findByRole("button", { name: "Remove B. Okoye from the room" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("Remove B. Okoye from the room?");
  expect(question).toHaveTextContent("they cannot come back on any device until you send a new one");
  expect(desk.of("room_remove")).toHaveLength(0);
  await vi.waitFor(() => expect(screen.getByTestId("room-remove-confirm")).toHaveFocus());
  await user.keyboard("{Enter}");
  await vi.waitFor(() => expect(screen.getByTestId("room-count")).toHaveTextContent("5 people in the room"));
  expect(desk.of("room_remove")).toHaveLength(1);
  expect(said.done).toHaveBeenCalledWith("B. Okoye is no longer in the room", "Their link lets nobody in any more.");
});

it("says that the code of the room removes everybody who came in by it", async () => {
  useDesk("live");
  render(RoomPeople, { sessionId });
  await user.click(await screen.findByRole("button", { name: "Remove Guest 4 from the room" }));
  expect(await screen.findByRole("alertdialog")).toHaveTextContent("all who came in by it are removed");
});

it("shows why somebody could not be removed, and keeps the list", async () => {
  const offline = { code: "offline" as const, message: "Cloudflare cannot be reached.", next: "Check the network." };
  useDesk("live", {
    room_remove: () => {
      throw offline;
    },
  });
  render(RoomPeople, { sessionId });
  await user.click(await screen.findByRole("button", { name: "Remove B. Okoye from the room" }));
  await user.click(await screen.findByTestId("room-remove-confirm"));
  expect(await screen.findByTestId("room-error")).toHaveTextContent("Cloudflare cannot be reached.");
  expect(screen.getByTestId("room-count")).toHaveTextContent("6 people in the room");
});

it("says that the names of people who were counted follow, and asks for them at once", async () => {
  const desk = useDesk("live", { room_people: () => ({ people: [], checked_at: "2026-03-20T18:30:00Z" }) });
  const live = storeFor("live", Date.now()).live[0] as LiveDto;
  const counted = (people: number, at: string): LiveDto => ({ ...live, people, people_checked_at: at });
  const { rerender } = render(RoomPeople, { sessionId, live: counted(0, "2026-03-20T18:30:00Z") });
  expect(await screen.findByTestId("room-count")).toHaveTextContent("Nobody is in the room");
  expect(desk.of("room_people")).toHaveLength(1);
  await rerender({ sessionId, live: counted(2, "2026-03-20T18:30:03Z") });
  expect(screen.getByTestId("room-count")).toHaveTextContent("2 people in the room");
  expect(screen.getByTestId("room-nameless")).toHaveTextContent("Their names follow in a moment.");
  expect(desk.of("room_people")).toHaveLength(2);
  expect(await barriers()).toEqual([]);
  // A list that is newer than the count is believed.
  desk.answers.room_people = () => ({ people: [], checked_at: "2026-03-20T18:30:10Z" });
  vi.advanceTimersByTime(10_000);
  await vi.waitFor(() => expect(screen.getByTestId("room-count")).toHaveTextContent("Nobody is in the room"));
});

it("asks every ten seconds while it is open, and no more once it is closed", async () => {
  const desk = useDesk("live");
  const { unmount } = render(RoomPeople, { sessionId });
  await screen.findByTestId("room-count");
  expect(desk.of("room_people")).toHaveLength(1);
  vi.advanceTimersByTime(9_999);
  expect(desk.of("room_people")).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(desk.of("room_people")).toHaveLength(2);
  unmount();
  vi.advanceTimersByTime(60_000);
  expect(desk.of("room_people")).toHaveLength(2);
});
