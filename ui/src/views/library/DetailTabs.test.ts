import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordingDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { detailTab } from "../../state/library/detail-tab.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { giveHeight } from "../../test/recordings";
import Recordings from "./Recordings.svelte";

vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

beforeEach(() => {
  giveHeight();
  app.now = new Date();
  app.view = "recordings";
  detailTab.chosen = "overview";
  const shortcut = (event: KeyboardEvent) => app.handleKey(event);
  window.addEventListener("keydown", shortcut);
  return () => window.removeEventListener("keydown", shortcut);
});

/** Opens the newest recording with this status. */
async function open(status: "ready" | "processing", answers = {}) {
  const desk = useDesk(status === "ready" ? "live" : "many", answers);
  const query = { search: "", filter: status, limit: 2, offset: 0 };
  const { rows } = (await desk.mock.invoke("recordings_list", { query })) as { rows: RecordingDto[] };
  app.selectedRecording = rows[0]!.id;
  render(Recordings);
  await screen.findByTestId("recording-detail");
  return { desk, rows };
}

const chosen = () => screen.getAllByRole("tab").find((tab) => tab.getAttribute("aria-selected") === "true");

describe("the parts of an open recording", () => {
  it("are walked by the arrow keys, and by brackets from anywhere, while the player stays", async () => {
    const user = userEvent.setup();
    await open("ready");
    const tab = await screen.findByTestId("recording-tab-overview");
    const player = screen.getByTestId("player");
    await screen.findByTestId("recording-retention");
    expect(screen.queryByTestId("captions")).toBeNull();
    tab.focus();
    await user.keyboard("{ArrowRight}");
    expect(await screen.findByTestId("captions")).toBeInTheDocument();
    expect(screen.getByTestId("recording-tab-transcript")).toHaveFocus();
    await user.keyboard("]");
    expect(await screen.findByTestId("class-people")).toBeInTheDocument();
    await user.keyboard("]]");
    expect(await screen.findByTestId("recording-events")).toBeInTheDocument();
    await user.keyboard("]");
    await waitFor(() => expect(chosen()).toHaveAccessibleName("Overview"));
    // Two brackets type one.
    await user.keyboard("[[[[");
    expect(await screen.findByTestId("all-links")).toBeInTheDocument();
    expect(screen.getByTestId("player")).toBe(player);
  });

  it.each([
    ["overview", "picture-sound"],
    ["transcript", "captions"],
    ["people", "class-people"],
    ["links", "all-links"],
    ["history", "recording-events"],
  ] as const)("are open to everybody: %s", async (part, sign) => {
    detailTab.chosen = part;
    await open("ready");
    await screen.findByTestId(sign);
    expect(await barriers(screen.getByTestId("recording-detail"))).toEqual([]);
  });

  it("are remembered for the next recording", async () => {
    const user = userEvent.setup();
    const { rows } = await open("ready");
    await user.click(await screen.findByTestId("recording-tab-history"));
    app.selectedRecording = rows[1]!.id;
    await waitFor(() => expect(screen.getByTestId("recording-detail").dataset["recordingId"]).toBe(rows[1]!.id));
    expect(await screen.findByTestId("recording-events")).toBeInTheDocument();
    expect(chosen()).toHaveAccessibleName("History");
  });

  it("show the transcript for what was found in it, and remember what a person chose before", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    const mine = desk.mock.invoke;
    const found = {
      place: "transcript",
      pieces: [{ text: "mae geri", found: true }],
      at_seconds: 760,
    };
    desk.answers["recordings_list"] = async (args) => {
      const page = (await mine("recordings_list", {
        query: { ...(args["query"] as object), search: "", filter: "ready" },
      })) as {
        rows: RecordingDto[];
      };
      return { ...page, hits: page.rows.map(() => [found]) };
    };
    app.selectedRecording = null;
    render(Recordings);
    await user.click((await screen.findAllByTestId("recording-row"))[0]!);
    expect(await screen.findByTestId("captions")).toBeInTheDocument();
    expect(chosen()).toHaveAccessibleName("Transcript");
    expect(detailTab.chosen).toBe("overview");
    await user.click(screen.getByTestId("recording-tab-people"));
    expect(detailTab.chosen).toBe("people");
    expect(await screen.findByTestId("class-people")).toBeInTheDocument();
  });

  it("are none while it is on its way: everything is shown, and brackets say why", async () => {
    const user = userEvent.setup();
    await open("processing");
    expect(await screen.findByTestId("recording-events")).toBeInTheDocument();
    expect(screen.queryByRole("tab")).toBeNull();
    await user.keyboard("]");
    expect(detailTab.chosen).toBe("overview");
  });

  it("renew a link and open the print page of the class", async () => {
    const user = userEvent.setup();
    const { desk, rows } = await open("ready");
    await desk.mock.invoke("link_make", { recordingId: rows[0]!.id, hours: 1, download: false });
    await user.click(await screen.findByTestId("recording-tab-links"));
    await user.click((await screen.findAllByTestId("link-renew"))[0]!);
    await waitFor(() => expect(desk.of("link_reissue")).toHaveLength(1));
    expect(await screen.findByTestId("link-url")).toBeInTheDocument();
    await user.click(screen.getByTestId("recording-tab-history"));
    await user.click(await screen.findByTestId("class-print"));
    await waitFor(() =>
      expect(desk.of("class_print_open")).toMatchObject([{ args: { session: rows[0]!.session_id } }]),
    );
  });
});
