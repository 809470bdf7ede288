import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { LinkDto } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { aLink, fakeShell, idOf } from "../../test/recordings";
import Links from "./Links.svelte";

const rows = () => screen.queryAllByTestId("link-row");

beforeEach(() => {
  app.view = "links";
  app.selectedRecording = null;
});

describe("share links", () => {
  it("replaces a link that cannot be drawn with a notice, and shows the others", async () => {
    const silence = vi.spyOn(console, "error").mockImplementation(() => {});
    fakeShell({ links_list: () => [aLink(1), { ...aLink(2), created_at: "no date" }] });
    render(Links);
    expect(await screen.findByTestId("broken")).toHaveTextContent("The link to “Class 2” cannot be shown here.");
    expect(rows()).toHaveLength(1);
    expect(await barriers()).toEqual([]);
    silence.mockRestore();
  });

  it("are listed newest first, with download and expiry", async () => {
    fakeShell({
      links_list: () => [
        aLink(1, { created_at: "2026-11-20T10:00:00Z", expires_at: "2026-11-20T11:00:00Z", download: true }),
        aLink(2, { created_at: "2026-11-22T10:00:00Z", kid: null }),
        aLink(3, { created_at: "2026-11-21T10:00:00Z" }),
      ],
    });
    render(Links);
    await waitFor(() => expect(rows()).toHaveLength(3));
    expect(rows().map((row) => within(row).getByRole("button").textContent?.trim())).toEqual([
      "Class 2",
      "Class 3",
      "Class 1",
    ]);
    const [second, , first] = rows();
    expect(first).toHaveTextContent("Expired");
    expect(first).toHaveTextContent("Allowed");
    expect(first).toHaveTextContent("3f0c1d2e…");
    expect(second).toHaveTextContent("Cloudflare’s");
    expect(second).not.toHaveTextContent("Expired");
    expect(await barriers()).toEqual([]);
  });

  it("open their recording", async () => {
    fakeShell({ links_list: () => [aLink(4)] });
    render(Links);
    await userEvent.click(await screen.findByTestId("link-open-recording"));
    expect(app.view).toBe("recordings");
    expect(app.selectedRecording).toBe(idOf(4));
  });

  it("are fetched again when a link was made", async () => {
    const links: LinkDto[] = [];
    const shell = fakeShell({ links_list: () => links });
    render(Links);
    expect(await screen.findByTestId("links-empty")).toHaveTextContent("No share links yet");
    links.push(aLink(1));
    shell.changed("links");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(screen.queryByTestId("links-empty")).toBeNull();
  });

  it("are drawn 200 at a time", async () => {
    fakeShell({ links_list: () => Array.from({ length: 450 }, (_, n) => aLink(n)) });
    render(Links);
    await waitFor(() => expect(rows()).toHaveLength(200));
    await userEvent.click(screen.getByTestId("links-more"));
    expect(rows()).toHaveLength(400);
    expect(screen.getByTestId("links-more")).toHaveTextContent("Show 50 more of 50");
  });

  it("show why they cannot be read", async () => {
    let broken = true;
    fakeShell({
      links_list: () => {
        if (broken) throw { code: "database", message: "The database cannot be read.", next: "Restart Hajime." };
        return [aLink(1)];
      },
    });
    render(Links);
    const note = await screen.findByTestId("links-error");
    expect(note).toHaveTextContent("The database cannot be read.");
    broken = false;
    await userEvent.click(within(note).getByRole("button"));
    await waitFor(() => expect(rows()).toHaveLength(1));
  });

  it("show HTML in a title as text", async () => {
    fakeShell({ links_list: () => [aLink(1, { recording_title: "<img src=x onerror=alert(1)>" })] });
    render(Links);
    expect(await screen.findByText("<img src=x onerror=alert(1)>")).toBeInTheDocument();
    expect(document.querySelector("img")).toBeNull();
  });
});
