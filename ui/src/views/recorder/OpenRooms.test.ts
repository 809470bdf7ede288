import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { OpenRoomDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { shell } from "../../test/schedule";
import OpenRooms from "./OpenRooms.svelte";

const room = (title: string, stray: boolean, known: string): OpenRoomDto => ({
  id: title,
  title,
  opened_at: null,
  stray,
  known,
});

describe("open rooms", () => {
  it("are offered for closing only where the class is over", async () => {
    let open = [
      room("Karate", true, "Its class is over."),
      room("Judo", false, "Nobody is in it now, but another desk may hold its class."),
    ];
    shell({
      rooms_open: () => open,
      room_close: ({ room: closed }) => {
        open = open.filter(({ id }) => id !== closed);
        return null;
      },
    });
    const user = userEvent.setup();
    render(OpenRooms);
    expect(await screen.findByText("One room was left open.")).toBeVisible();
    expect(screen.getAllByRole("button", { name: /^Close the room of/ })).toHaveLength(1);
    expect(screen.getByText("One other room is open")).toBeVisible();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Close the room of Karate" }));
    await waitFor(() => expect(screen.getByRole("status")).toHaveTextContent("No room was left open."));
  });

  it("keep the focus: on the next room, and on “Look again” after the last one", async () => {
    let open = [room("Karate", true, ""), room("Judo", true, "")];
    shell({
      rooms_open: () => open,
      room_close: ({ room: closed }) => {
        open = open.filter(({ id }) => id !== closed);
        return null;
      },
    });
    const user = userEvent.setup();
    render(OpenRooms);
    const judo = await screen.findByRole("button", { name: "Close the room of Judo" });
    screen.getByRole("button", { name: "Close the room of Karate" }).focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(judo).toHaveFocus());
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.getByTestId("rooms-refresh")).toHaveFocus());
  });

  it("say why they could not be listed, and are asked for again", async () => {
    let calls = 0;
    shell({
      rooms_open: () => {
        calls += 1;
        if (calls === 1) throw { code: "unreachable", message: "Cloudflare cannot be reached.", next: "Try again." };
        return [];
      },
    });
    const user = userEvent.setup();
    render(OpenRooms);
    expect(await screen.findByText("Cloudflare cannot be reached.")).toBeVisible();
    await user.click(screen.getByTestId("rooms-refresh"));
    expect(await screen.findByText("No room was left open.")).toBeVisible();
  });
});
