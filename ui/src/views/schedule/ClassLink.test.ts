import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { startingState } from "../../state/recorder/starting.svelte";
import { schedulePosition } from "../../state/schedule/position.svelte";
import { barriers } from "../../test/axe";
import { storeFor, useDesk, type Scenario } from "../../test/desk";
import Today from "../today/Today.svelte";
import ClassLink from "./ClassLink.svelte";
import RosterPanel from "./RosterPanel.svelte";
import Schedule from "./Schedule.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const context = () => new Map<symbol, unknown>([startingState.context(), schedulePosition.context()]);
const user = userEvent.setup({ pointerEventsCheck: 0 });
const single = storeFor("door", Date.now()).sessions.find(({ title }) => title === "Aikido — ukemi") as SessionDto;
const weekly: SessionDto = {
  ...single,
  series: { id: "series-1", sentence: "every Tuesday", moved_from: null } as SessionDto["series"],
};

beforeEach(() => {
  said.done.mockClear();
  said.problem.mockClear();
  app.now = new Date();
});

describe("the class link", () => {
  it("is copied, and says who comes in and from when on", async () => {
    const desk = useDesk("door");
    render(ClassLink, { session: single });
    await waitFor(() => expect(screen.getByTestId("class-link-sentence")).toHaveTextContent(/up to 50 people/));
    // Nothing can be revoked before there is a link.
    expect(screen.queryByTestId("class-link-more")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Copy class link" }));
    await waitFor(() =>
      expect(said.done).toHaveBeenCalledWith("Class link copied", expect.stringMatching(/It opens at \d\d:\d\d/)),
    );
    expect(desk.of("class_link_copy")[0]?.args).toEqual({ sessionId: single.id, series: false });
    expect(await screen.findByTestId("class-link-more")).toBeInTheDocument();
    expect(await barriers()).toEqual([]);
  });

  it("of a series is for this class or for the whole series", async () => {
    const desk = useDesk("door", {
      class_link_copy: () => ({ link: true, copied: true, sentence: "All.", waits: null }),
    });
    render(ClassLink, { session: weekly });
    await user.click(await screen.findByRole("radio", { name: "Whole series" }));
    await user.click(screen.getByRole("button", { name: "Copy link of the series" }));
    await waitFor(() => expect(said.done).toHaveBeenCalledWith("Link of the series copied", "All."));
    expect(desk.of("class_link_copy")[0]?.args).toEqual({ sessionId: single.id, series: true });
    expect(desk.of("class_link_state").map(({ args }) => args["series"])).toContain(true);
  });

  it.each([
    ["renew", "New link copied", "The one before lets nobody in any more."],
    ["revoke", "Link revoked", "It lets nobody in any more."],
  ])("can be changed after a question: %s", async (what, words, more) => {
    const desk = useDesk("door");
    render(ClassLink, { session: single });
    await user.click(await screen.findByTestId("copy-class-link"));
    await user.click(await screen.findByTestId("class-link-more"));
    await user.click(await screen.findByTestId(`${what}-class-link`));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("People who are in the room stay.");
    expect(desk.of(`class_link_${what}`)).toHaveLength(0);
    await user.click(screen.getByTestId("class-link-confirm"));
    await waitFor(() => expect(said.done).toHaveBeenCalledWith(words, more));
    expect(desk.of(`class_link_${what}`)).toHaveLength(1);
  });

  it("says that it waits for the door, and why it was not copied", async () => {
    const link = {
      link: true,
      copied: false,
      sentence: "Anyone comes in.",
      waits: "It works once the door was reached.",
    };
    useDesk("door", { class_link_state: () => link, class_link_copy: () => link });
    render(ClassLink, { session: single });
    await waitFor(() =>
      expect(screen.getByTestId("class-link-sentence")).toHaveTextContent("It works once the door was reached."),
    );
    await user.click(screen.getByTestId("copy-class-link"));
    expect(await screen.findByTestId("class-link-error")).toHaveTextContent(
      "The clipboard did not take the class link.",
    );
    expect(said.done).not.toHaveBeenCalled();
  });
});

describe("where class links are copied", () => {
  it("Today copies the class link where the page has a door, and an invitation where it has none", async () => {
    const shortcut = (event: KeyboardEvent) => app.handleKey(event);
    window.addEventListener("keydown", shortcut);
    const copied = async (scenario: Scenario) => {
      const desk = useDesk(scenario);
      const { unmount } = render(Today, { context: context() });
      const words = scenario === "door" ? "Copy class link" : "Copy invite";
      await waitFor(() => expect(screen.getByTestId("next-invite")).toHaveTextContent(words));
      expect(screen.getByTestId("copy-invite")).toHaveTextContent(words);
      await fireEvent.keyDown(document.body, { key: "i" });
      await waitFor(() => expect(desk.of("class_link_copy").length + desk.of("session_invite").length).toBe(1));
      unmount();
      return desk;
    };
    expect((await copied("door")).of("class_link_copy")).toHaveLength(1);
    expect((await copied("live")).of("session_invite")).toHaveLength(1);
    window.removeEventListener("keydown", shortcut);
  });

  it("C copies it from the calendar, and the opened class shows it", async () => {
    const desk = useDesk("door");
    render(Schedule, { context: context() });
    const block = await waitFor(() => {
      const found = document.querySelector<HTMLElement>(`[data-session-id="${single.id}"]`);
      if (!found) throw new Error("the class is not there yet");
      return found;
    });
    await fireEvent.keyDown(block, { key: "c" });
    await waitFor(() => expect(said.done).toHaveBeenCalledWith("Class link copied", expect.any(String)));
    expect(desk.of("class_link_copy")[0]?.args).toEqual({ sessionId: single.id, series: false });
    await user.click(block);
    expect(await screen.findByTestId("class-link")).toBeInTheDocument();
    expect(await barriers(screen.getByTestId("class-link"))).toEqual([]);
  });

  it("the people of a class have it above the list, and only with a door", async () => {
    useDesk("door");
    const { unmount } = render(RosterPanel, { props: { session: single }, context: context() });
    expect(await screen.findByTestId("class-link")).toBeInTheDocument();
    expect(await screen.findByText(/It stays the same, and lets people in/)).toBeInTheDocument();
    unmount();
    const desk = useDesk("live");
    render(RosterPanel, { props: { session: single }, context: context() });
    expect(await screen.findByText(/It is renewed each time you copy it/)).toBeInTheDocument();
    await waitFor(() => expect(desk.of("sharing_ways")).toHaveLength(1));
    expect(screen.queryByTestId("class-link")).toBeNull();
  });
});
