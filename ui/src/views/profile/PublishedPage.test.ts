import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { JoinPageDto, SettingsDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import { held } from "../../test/recordings";
import AccountForms from "./AccountForms.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const ADDRESS = "https://hajime-join.harbour.workers.dev/";

const published: JoinPageDto = {
  state: "current",
  sentence: "The join page of this Hajime is published and opens.",
  address: ADDRESS,
  in_use: true,
  suggested_name: null,
  asks_before_replacing: false,
  published_version: "1.8.0",
  published_at: null,
};

/** Settings whose join page is in this state. */
function show(page: Partial<JoinPageDto>, answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk("live", { join_page_status: () => ({ ...published, ...page }), ...answers });
  render(AccountForms);
  return { desk, user: userEvent.setup({ pointerEventsCheck: 0 }) };
}

beforeEach(() => {
  toasts.done.mockReset();
  toasts.problem.mockReset();
});

describe("the published join page", () => {
  it("is published under the name that a person chose, with progress in words", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup();
    render(AccountForms);
    const name = await screen.findByTestId("site-name");
    expect(name).toHaveValue("dojo-0123ab");
    await user.clear(name);
    expect(screen.getByTestId("publish-join-page")).toBeDisabled();
    await user.type(name, "harbour");
    expect(screen.getByText(/hajime-join\.harbour\.workers\.dev/)).toBeInTheDocument();
    const answer = held<{ address: string; files: number; uploaded: number }>();
    desk.answers["join_page_publish"] = () => answer.promise;
    await user.click(screen.getByTestId("publish-join-page"));
    desk.emit("publishing", "Uploading files: 3 of 9…");
    await waitFor(() => expect(screen.getByTestId("publish-join-page")).toHaveTextContent("Uploading files: 3 of 9…"));
    delete desk.answers["join_page_publish"];
    await desk.mock.invoke("join_page_publish", { name: "harbour", hostname: null, replace: false });
    answer.answer({ address: ADDRESS, files: 9, uploaded: 9 });
    await waitFor(() => expect(screen.getByTestId("published-page-address")).toHaveTextContent(ADDRESS));
    expect(desk.of("join_page_publish")[0]?.args).toEqual({ name: "harbour", hostname: null, replace: false });
    expect(toasts.done).toHaveBeenCalledWith("Join page published", expect.stringContaining("9 of 9 files"));
    expect(screen.queryByTestId("join-page-url")).toBeNull();
    await user.click(screen.getByTestId("use-own-address"));
    expect(screen.getByTestId("join-page-url")).toHaveValue(ADDRESS);
    expect(await barriers()).toEqual([]);
  });

  it("is shown at a hostname of the association's own, and says at the field why one is refused", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup();
    render(AccountForms);
    await screen.findByTestId("site-name");
    expect(screen.queryByTestId("use-hostname")).toBeNull();
    await user.click(screen.getByTestId("publish-join-page"));
    await user.click(await screen.findByTestId("use-hostname"));
    const field = screen.getByTestId("page-hostname");
    expect(screen.getByTestId("connect-hostname")).toBeDisabled();
    await user.type(field, "join.elsewhere.example{Enter}");
    await waitFor(() => expect(field).toHaveAttribute("aria-invalid", "true"));
    expect(screen.queryByTestId("publish-error")).toBeNull();
    expect(await barriers()).toEqual([]);
    await user.clear(field);
    await user.type(field, "join.harbourdojo.example");
    await user.click(screen.getByTestId("connect-hostname"));
    await waitFor(() =>
      expect(screen.getByTestId("published-page-address")).toHaveTextContent("https://join.harbourdojo.example/"),
    );
    expect(screen.queryByTestId("page-hostname")).toBeNull();
    expect(desk.of("join_page_publish").map(({ args }) => args["hostname"])).toEqual([
      null,
      "join.elsewhere.example",
      "join.harbourdojo.example",
    ]);
  });

  it("shows a name that is taken at its field and keeps what was typed", async () => {
    useDesk("live");
    const user = userEvent.setup();
    render(AccountForms);
    const name = await screen.findByTestId("site-name");
    await user.clear(name);
    await user.type(name, "taken");
    useDesk("live", {
      join_page_publish: () => {
        throw {
          code: "invalid_input",
          message: "The name “taken” cannot be had below workers.dev. “taken-dojo” is free.",
          next: "Choose another name.",
          fields: [
            { field: "name", message: "The name “taken” cannot be had below workers.dev.", next: "Choose another." },
          ],
        };
      },
    });
    await user.click(screen.getByTestId("publish-join-page"));
    await waitFor(() => expect(name).toHaveAttribute("aria-invalid", "true"));
    expect(name).toHaveValue("taken");
    expect(screen.queryByTestId("publish-error")).toBeNull();
  });

  it("offers an update where an earlier version is published", async () => {
    show({ state: "older", sentence: "The page of Hajime 1.7.0 is published.", published_version: "1.7.0" });
    expect(await screen.findByTestId("publish-join-page")).toHaveTextContent("Update the page");
    expect(screen.getByTestId("published-page-state")).toHaveTextContent("update ready");
    expect(screen.getByTestId("published-page-version")).toHaveTextContent("version of Hajime 1.7.0");
  });

  it("asks before it replaces a page that is not ours", async () => {
    const { desk, user } = show({
      state: "replaced",
      sentence: "The address shows a page that is not Hajime’s.",
      asks_before_replacing: true,
      published_version: null,
    });
    await user.click(await screen.findByTestId("publish-join-page"));
    await user.click(await screen.findByTestId("replace-confirm-cancel"));
    expect(desk.of("join_page_publish")).toHaveLength(0);
    await user.click(screen.getByTestId("publish-join-page"));
    await user.click(await screen.findByTestId("replace-confirm"));
    await waitFor(() => expect(desk.of("join_page_publish")).toHaveLength(1));
    expect(desk.of("join_page_publish")[0]?.args).toEqual({ name: null, hostname: null, replace: true });
  });

  it("deletes the page after a question, and clears the address", async () => {
    const desk = useDesk("live");
    const user = userEvent.setup({ pointerEventsCheck: 0 });
    await desk.mock.invoke("join_page_publish", { name: "harbour", hostname: null, replace: false });
    render(AccountForms);
    await user.click(await screen.findByTestId("remove-join-page"));
    await user.click(await screen.findByTestId("remove-page-confirm"));
    await waitFor(() => expect(screen.getByTestId("published-page")).toHaveAttribute("data-state", "not_published"));
    expect(screen.getByTestId("join-page-url")).toHaveValue("");
    const settings = (await desk.mock.invoke("settings_get")) as SettingsDto;
    expect(settings.join_page_url).toBeNull();
  });

  it("copies the address", async () => {
    const { desk, user } = show({});
    await user.click(await screen.findByTestId("copy-join-page"));
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("Address copied"));
    desk.answers["join_page_copy"] = () => false;
    await user.click(screen.getByTestId("copy-join-page"));
    expect(await screen.findByTestId("publish-error")).toHaveTextContent("press Ctrl C");
  });

  it("names a missing permission with the next step and still takes an address of our own", async () => {
    show(
      {},
      {
        join_page_status: () => {
          throw {
            code: "permission",
            message: "The API token lacks the permission “Workers Scripts: Edit”.",
            next: "Edit the token in the Cloudflare dashboard: Account, Workers Scripts, Edit.",
          };
        },
      },
    );
    expect(await screen.findByTestId("published-page-error")).toHaveTextContent("Workers Scripts, Edit");
    expect(screen.getByTestId("join-page-url")).toBeInTheDocument();
  });
});
