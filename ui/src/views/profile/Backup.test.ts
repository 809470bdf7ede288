import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import Backup from "./Backup.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const user = userEvent.setup();

describe("Backup", () => {
  beforeEach(() => vi.clearAllMocks());

  it("shows the time of the last copy, and makes another one on demand", async () => {
    const desk = useDesk("live");
    render(Backup);
    expect(await screen.findByTestId("last-backup")).toHaveTextContent(/^Last .*1.2 MB$/);
    expect(screen.getAllByTestId("backup-copy")).toHaveLength(3);
    await user.click(screen.getByTestId("all-backups"));
    expect(screen.getAllByTestId("backup-copy")).toHaveLength(6);
    await user.click(screen.getByTestId("backup-now"));
    await waitFor(() => expect(screen.getAllByTestId("backup-copy")).toHaveLength(7));
    expect(screen.getAllByTestId("backup-copy")[0]).toHaveTextContent("made by hand");
    expect(desk.of("backup_make")).toHaveLength(1);
    expect(await barriers()).toEqual([]);
  });

  it("exports tables for other programs, and shows their path", async () => {
    const desk = useDesk("live");
    render(Backup);
    await user.click(await screen.findByTestId("export-tables"));
    await waitFor(() =>
      expect(toasts.done).toHaveBeenCalledWith("Exported", expect.stringContaining("Hajime export 2026-11-22 18.00")),
    );
    expect(desk.of("export_save")).toHaveLength(1);
  });

  it("shows what a restore would lose before it restores", async () => {
    const desk = useDesk("live");
    render(Backup);
    await user.click((await screen.findAllByTestId("restore-copy"))[1]!);
    const lost = await screen.findByTestId("restore-lost");
    for (const line of [
      "2 classes: “Aikido — ukemi”, “Kids class”",
      "Changes to 1 class",
      "2 share links in the list",
    ]) {
      expect(lost).toHaveTextContent(line);
    }
    expect(desk.of("backup_restore")).toHaveLength(0);
    await user.click(screen.getByTestId("restore-cancel"));
    expect(desk.of("backup_restore")).toHaveLength(0);
    // The page has no pointer events until the dialog is closed.
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe("none"));
    await user.click(screen.getAllByTestId("restore-copy")[1]!);
    await waitFor(() => expect(screen.getByTestId("restore-confirm")).toBeEnabled());
    await user.click(screen.getByTestId("restore-confirm"));
    await waitFor(() =>
      expect(toasts.done).toHaveBeenCalledWith("Copy restored", expect.stringContaining("is kept as")),
    );
    expect(desk.of("backup_restore")[0]!.args).toEqual(desk.of("backup_preview")[0]!.args);
  });

  it("keeps the dialog open with the reason when a restore is refused", async () => {
    useDesk("live", {
      backup_restore: () => {
        throw { code: "conflict", message: "Hajime is open on /data.", next: "Close its window." };
      },
    });
    render(Backup);
    await user.click((await screen.findAllByTestId("restore-copy"))[0]!);
    await waitFor(() => expect(screen.getByTestId("restore-confirm")).toBeEnabled());
    await user.click(screen.getByTestId("restore-confirm"));
    expect(await screen.findByTestId("restore-error")).toHaveTextContent("Hajime is open on /data.");
  });

  it("says that there is no copy yet, and shows the path of a saved one", async () => {
    useDesk("empty");
    render(Backup);
    expect(await screen.findByTestId("no-backups")).toBeVisible();
    await user.click(screen.getByTestId("save-backup"));
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("Copy saved", expect.stringContaining("Downloads")));
  });
});
