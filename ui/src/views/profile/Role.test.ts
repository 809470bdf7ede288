import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { viewsFor } from "../../views";
import PublicVideos from "./PublicVideos.svelte";
import Role from "./Role.svelte";

const WORDS = "crane bridge plum drum";

async function open() {
  const desk = useDesk("live");
  await app.desk.refresh();
  render(Role);
  await screen.findByTestId("role");
  return desk;
}

async function setPassphrase() {
  await userEvent.click(screen.getByTestId("passphrase"));
  await userEvent.type(await screen.findByTestId("admin-passphrase"), WORDS);
  await userEvent.click(screen.getByTestId("passphrase-give"));
  await waitFor(() => expect(screen.queryByTestId("passphrase-dialog")).not.toBeInTheDocument());
}

describe("Role", () => {
  beforeEach(() => app.go("settings"));

  it("refuses a weaker role while nobody could switch back, and says why", async () => {
    await open();
    await userEvent.click(screen.getByRole("radio", { name: /Staff/ }));
    expect(await screen.findByTestId("role-refused")).toHaveTextContent("nobody could switch the role back");
    expect(screen.getByTestId("role")).toHaveTextContent("Admin");
    expect(await barriers()).toEqual([]);
  });

  it("switches to a weaker role at once, and back with the passphrase only", async () => {
    await open();
    await setPassphrase();
    await userEvent.click(screen.getByRole("radio", { name: /Staff/ }));
    await waitFor(() => expect(screen.getByTestId("role")).toHaveTextContent("Staff"));
    expect(viewsFor(app.desk.value).map(({ name }) => name)).toEqual(["recordings", "links", "settings"]);
    expect(screen.getByTestId("resting-jobs")).toHaveTextContent("Open rooms");

    await userEvent.click(screen.getByRole("radio", { name: /Admin/ }));
    await userEvent.type(await screen.findByTestId("admin-passphrase"), "something else");
    await userEvent.click(screen.getByTestId("passphrase-give"));
    expect(await screen.findByTestId("passphrase-refused")).toHaveTextContent("The admin passphrase is wrong");
    expect(await barriers()).toEqual([]);

    await userEvent.clear(screen.getByTestId("admin-passphrase"));
    await userEvent.type(screen.getByTestId("admin-passphrase"), WORDS);
    await userEvent.click(screen.getByTestId("passphrase-give"));
    await waitFor(() => expect(screen.getByTestId("role")).toHaveTextContent("Admin"));
  });

  it("says where the token can do more than the role needs", async () => {
    await open();
    await setPassphrase();
    await userEvent.click(screen.getByRole("radio", { name: /Instructor/ }));
    await waitFor(() => expect(screen.getByTestId("role")).toHaveTextContent("Instructor"));
    await userEvent.click(screen.getByTestId("try-token"));
    await waitFor(() => expect(screen.getByTestId("token-rights")).toHaveAttribute("data-state", "unfit"));
    expect(screen.getByTestId("token-rights")).toHaveTextContent("Make a smaller token");
  });

  it("leaves commands out of the palette that the role may not use", async () => {
    await open();
    const command = { id: "plan", title: "Plan", needs: "plan_classes", run: () => undefined };
    const stop = app.registerCommand(command);
    expect(app.usable.some(({ id }) => id === "plan")).toBe(true);
    await setPassphrase();
    await userEvent.click(screen.getByRole("radio", { name: /Staff/ }));
    await waitFor(() => expect(app.usable.some(({ id }) => id === "plan")).toBe(false));
    stop();
  });
});

describe("PublicVideos", () => {
  it("lists public videos, and asks before it closes one that is not ours", async () => {
    const desk = useDesk("live");
    render(PublicVideos);
    await userEvent.click(screen.getByTestId("look-for-public"));
    expect(await screen.findAllByTestId("public-video")).toHaveLength(2);
    expect(screen.getByTestId("public-count")).toHaveTextContent("2 videos can be watched by anyone with the address.");
    expect(await barriers()).toEqual([]);

    await userEvent.click(screen.getByRole("button", { name: "Close Kata, spring seminar" }));
    await waitFor(() => expect(screen.getAllByTestId("public-video")).toHaveLength(1));
    expect(desk.of("public_videos_close")[0]?.args).toMatchObject({ othersToo: false });

    await userEvent.click(screen.getByRole("button", { name: "Close Trailer on the web site" }));
    await userEvent.click(await screen.findByTestId("close-public-confirm"));
    await waitFor(() => expect(screen.getByTestId("public-count")).toHaveTextContent("No video is public."));
    expect(desk.of("public_videos_close")[1]?.args).toMatchObject({ othersToo: true });
  });
});
