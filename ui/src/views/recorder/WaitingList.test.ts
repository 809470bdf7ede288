import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { Waiting } from "../../state/recorder/waiting.svelte";
import { barriers } from "../../test/axe";
import { storeFor, useDesk } from "../../test/desk";
import WaitingList from "./WaitingList.svelte";
import { waitingWords } from "./room-words";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const sessionId = storeFor("door", Date.now()).live[0]?.session.id ?? "";
const user = userEvent.setup({ pointerEventsCheck: 0 });

beforeEach(() => said.done.mockClear());

/** The list of a class, with its desk; a door is there unless another scenario is named. */
function show(scenario: "door" | "live" = "door", answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk(scenario, answers);
  const waiting = new Waiting(sessionId);
  const stop = waiting.open();
  const page = render(WaitingList, { waiting });
  return { desk, waiting, stop, page };
}

const people = () => screen.queryAllByTestId("waiting-person");

it("asks the host once a class is locked, says who waits, and lets one of them in", async () => {
  const { desk, stop } = show();
  const lock = await screen.findByRole("switch", { name: "Let people in one by one" });
  expect(lock).not.toBeChecked();
  expect(people()).toHaveLength(0);
  await user.click(lock);
  await waitFor(() => expect(people()).toHaveLength(3));
  expect(desk.of("class_lock")[0]?.args).toEqual({ sessionId, locked: true });
  expect(screen.getByRole("heading", { name: "Waiting (3)" })).toBeInTheDocument();
  expect(screen.getByTestId("waiting-spoken")).toHaveTextContent("E. Weiss, نور الحسن and Yuki");
  expect(people()[0]).toHaveTextContent(/waits since \d\d:\d\d/);
  expect(await barriers()).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Let in E. Weiss" }));
  await waitFor(() => expect(people()).toHaveLength(2));
  expect(desk.of("waiting_admit")[0]?.args).toEqual({ sessionId, seat: "seat-0" });
  // The row that had the focus is gone: the next one has it.
  await waitFor(() => expect(screen.getByRole("button", { name: "Let in نور الحسن" })).toHaveFocus());
  stop();
});

it("refuses somebody after a question whose safe answer comes first", async () => {
  const { desk, stop } = show();
  await user.click(await screen.findByTestId("class-lock"));
  await user.click(await screen.findByRole("button", { name: "Refuse E. Weiss" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("Refuse E. Weiss?");
  await waitFor(() => expect(screen.getByTestId("refuse-confirm-cancel")).toHaveFocus());
  expect(desk.of("waiting_refuse")).toHaveLength(0);
  await user.click(within(question).getByTestId("refuse-confirm"));
  await waitFor(() => expect(people()).toHaveLength(2));
  expect(said.done).toHaveBeenCalledWith("E. Weiss is not let in", expect.any(String));
  stop();
});

it("lets everybody in at once, and the heading goes away with the last one", async () => {
  const { desk, stop } = show();
  await user.click(await screen.findByTestId("class-lock"));
  await user.click(await screen.findByTestId("admit-all"));
  await waitFor(() => expect(people()).toHaveLength(0));
  expect(desk.of("waiting_admit_all")).toHaveLength(1);
  expect(said.done).toHaveBeenCalledWith("3 people let in");
  expect(screen.getByTestId("waiting-spoken")).toHaveTextContent(/^$/);
  expect(screen.getByText(/Nobody waits/)).toBeInTheDocument();
  stop();
});

it("shows why nobody was let in, and keeps the list", async () => {
  const { stop } = show("door", {
    waiting_admit: () => {
      throw { code: "offline", message: "The door cannot be reached.", next: "Try again in a moment." };
    },
  });
  await user.click(await screen.findByTestId("class-lock"));
  await user.click(await screen.findByRole("button", { name: "Let in E. Weiss" }));
  expect(await screen.findByTestId("waiting-error")).toHaveTextContent("The door cannot be reached.");
  expect(people()).toHaveLength(3);
  stop();
});

it("puts the switch back where the lock was refused", async () => {
  const { stop } = show("door", {
    class_lock: () => {
      throw { code: "offline", message: "The door cannot be reached.", next: "Try again in a moment." };
    },
  });
  await user.click(await screen.findByTestId("class-lock"));
  await screen.findByTestId("waiting-error");
  expect(screen.getByTestId("class-lock")).not.toBeChecked();
  stop();
});

it("shows nothing without a door", async () => {
  const { waiting, stop } = show("live");
  await waitFor(() => expect(waiting.list.value).toBeDefined());
  expect(screen.queryByTestId("waiting")).toBeNull();
  stop();
});

it("speaks three names and counts the others", () => {
  const person = (name: string) => ({ seat: name, name, since: "2026-12-01T18:00:00Z" });
  expect(waitingWords([])).toBe("");
  expect(waitingWords([person("A")])).toBe("A waits to come in.");
  expect(waitingWords(["A", "B", "C", "D", "E"].map(person))).toBe("A, B, C and 2 more wait to come in.");
});
