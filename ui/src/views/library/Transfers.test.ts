import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { PlaceDto, TransferDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { fakeShell } from "../../test/recordings";
import CopyDialog from "./CopyDialog.svelte";
import Transfers from "./Transfers.svelte";

const NAS: PlaceDto = {
  id: "p1",
  name: "Office NAS",
  is_bucket: false,
  whereabouts: "/mnt/office",
  has_key: true,
};
const EXAMS: PlaceDto = { id: "p2", name: "Exams", is_bucket: true, whereabouts: "exams at s3.test", has_key: false };

function aTransfer(id: string, more: Partial<TransferDto> = {}): TransferDto {
  return {
    id,
    recording_id: "r1",
    title: `Karate ${id}`,
    kind: "video",
    state: "active",
    step: "fetch",
    to: "/home/office/Downloads",
    name: `Karate ${id}.mp4`,
    shows: true,
    total_bytes: 1000,
    way_bytes: 1000,
    done_bytes: 640,
    sha256: null,
    said: "",
    next_try: null,
    created_at: "2026-12-01T10:00:00Z",
    ended_at: null,
    ...more,
  };
}

/** Draws the view where the window has it: outside of a main part, its header would be the page’s. */
function show() {
  render(Transfers, { target: document.body.appendChild(document.createElement("main")) });
}

beforeEach(() => {
  document.body.querySelectorAll("main").forEach((main) => main.remove());
  app.view = "transfers";
});

describe("transfers", () => {
  it("are listed with their progress, their proof and what can be done", async () => {
    fakeShell({
      archive_places: () => [NAS, EXAMS],
      transfers_list: () => [
        aTransfer("1"),
        aTransfer("2", { state: "failed", said: "The disk took no more." }),
        aTransfer("3", { kind: "archive", state: "done", done_bytes: 2000, way_bytes: 2000, sha256: "ab".repeat(32) }),
        aTransfer("4", { next_try: "2026-12-01T10:05:00Z", said: "No answer. It is tried again." }),
      ],
    });
    show();
    await waitFor(() => expect(screen.getAllByTestId("transfer-row")).toHaveLength(4));
    const [running, failed, archived, waiting] = screen.getAllByTestId("transfer-row");
    expect(within(running!).getByRole("progressbar")).toHaveAttribute("aria-valuenow", "64");
    expect(within(running!).getByTestId("transfer-pause")).toBeEnabled();
    expect(failed).toHaveTextContent("The disk took no more.");
    expect(within(failed!).getByTestId("transfer-resume")).toHaveTextContent("Resume");
    expect(archived).toHaveTextContent("Read back, SHA-256 equal");
    expect(within(archived!).getByTestId("transfer-show")).toBeEnabled();
    expect(within(waiting!).getByTestId("transfer-resume")).toHaveTextContent("Try now");
    expect(screen.getAllByTestId("place-row")[1]).toHaveTextContent("not in this computer’s keyring");
    expect(await barriers()).toEqual([]);
  });

  it("are paused, resumed and cancelled", async () => {
    const shell = fakeShell({
      archive_places: () => [],
      transfers_list: () => [aTransfer("1"), aTransfer("2", { state: "paused" })],
      transfer_pause: () => aTransfer("1", { state: "paused" }),
      transfer_resume: () => aTransfer("2"),
      transfer_cancel: () => aTransfer("2", { state: "cancelled" }),
    });
    show();
    await userEvent.click(await screen.findByTestId("transfer-pause"));
    await userEvent.click(screen.getByTestId("transfer-resume"));
    await userEvent.click(screen.getAllByTestId("transfer-cancel")[1]!);
    await waitFor(() => expect(shell.sent("transfer_cancel")).toEqual([{ id: "2" }]));
    expect(shell.sent("transfer_pause")).toEqual([{ id: "1" }]);
    expect(shell.sent("transfer_resume")).toEqual([{ id: "2" }]);
  });

  it("go to a bucket whose secret key the dialog forgets", async () => {
    const shell = fakeShell({
      archive_places: () => [],
      transfers_list: () => [],
      archive_bucket_add: () => EXAMS,
    });
    show();
    await userEvent.click(await screen.findByTestId("place-add"));
    await userEvent.click(await screen.findByTestId("place-kind-bucket"));
    await userEvent.type(screen.getByLabelText("Name"), "Exams");
    await userEvent.type(screen.getByLabelText("Address of the service"), "https://s3.test");
    await userEvent.type(screen.getByLabelText("Bucket"), "exams");
    await userEvent.type(screen.getByLabelText("Access key id"), "key");
    await userEvent.type(screen.getByLabelText("Secret access key"), "hush");
    expect(screen.getByLabelText("Secret access key")).toHaveAttribute("type", "password");
    expect(await barriers()).toEqual([]);
    await userEvent.click(screen.getByTestId("place-save"));
    await waitFor(() => expect(screen.queryByTestId("place-dialog")).toBeNull());
    const bucket = { endpoint: "https://s3.test", region: "", bucket: "exams", prefix: "", access_key: "key" };
    expect(shell.sent("archive_bucket_add")).toEqual([{ name: "Exams", bucket, secret: "hush" }]);
    await userEvent.click(screen.getByTestId("place-add"));
    await waitFor(() => expect(screen.getByLabelText("Secret access key")).toHaveValue(""));
  });

  it("can be undone by an import from the archive", async () => {
    const shell = fakeShell({
      archive_places: () => [NAS],
      transfers_list: () => [],
      archive_contents: () => [
        { name: "a.json", title: "Karate", recorded_at: "2026-12-01T10:00:00Z", bytes: 5000, is_in_library: false },
        { name: "b.json", title: "Judo", recorded_at: "2026-12-01T10:00:00Z", bytes: 5000, is_in_library: true },
        { name: "c.json", title: null, recorded_at: null, bytes: null, is_in_library: false },
      ],
      archive_import: () => ({ recording_id: "r1", title: "Karate", goes_back: true }),
    });
    show();
    await userEvent.click(await screen.findByTestId("place-import"));
    await waitFor(() => expect(screen.getAllByTestId("contents-row")).toHaveLength(3));
    expect(await barriers()).toEqual([]);
    await userEvent.click(screen.getByTestId("contents-import"));
    await waitFor(() => expect(screen.getAllByText("In the library")).toHaveLength(2));
    expect(shell.sent("archive_import")).toEqual([{ id: "p1", name: "a.json" }]);
  });
});

describe("copying the selected recordings", () => {
  const props = { open: true, ids: ["r1", "r2"], matching: null, except: [], number: 2 };

  it("lists those that were refused", async () => {
    const shell = fakeShell({
      recordings_download: () => ({
        transfers: [aTransfer("1")],
        refused: [
          {
            id: "r2",
            title: "Judo",
            error: { code: "not_ready" as const, message: "It is not ready.", next: "Wait." },
          },
        ],
      }),
    });
    render(CopyDialog, { props: { ...props, what: "download" } });
    await userEvent.click(await screen.findByTestId("copy-sound"));
    await userEvent.click(screen.getByTestId("copy-start"));
    await waitFor(() => expect(screen.getByTestId("copy-refused")).toHaveTextContent("Judo It is not ready. Wait."));
    expect(shell.sent("recordings_download")).toEqual([{ ids: ["r1", "r2"], matching: null, except: [], sound: true }]);
    expect(await barriers()).toEqual([]);
  });

  it("asks for a place of the archive, or leads to where one is added", async () => {
    const shell = fakeShell({
      archive_places: () => [NAS, EXAMS],
      recordings_archive: () => ({ transfers: [aTransfer("1")], refused: [] }),
    });
    render(CopyDialog, { props: { ...props, what: "archive" } });
    await userEvent.selectOptions(await screen.findByTestId("copy-place"), "p2");
    await userEvent.click(screen.getByTestId("copy-start"));
    await waitFor(() => expect(screen.queryByTestId("copy-dialog")).toBeNull());
    expect(shell.sent("recordings_archive")[0]).toMatchObject({ place: "p2" });
  });
});
