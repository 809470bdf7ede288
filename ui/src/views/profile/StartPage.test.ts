import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import App from "../../App.svelte";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { storeFor, useDesk } from "../../test/desk";
import { choicesFor, leavesNoDesk } from "./start-choices";

const user = userEvent.setup();
const ACCOUNT = "0123456789abcdef0123456789abcdef";

describe("the page of a desk that did not open", () => {
  beforeEach(() => {
    app.view = "today";
  });

  for (const [scenario, first] of [
    ["keyring_waiting", "Ask again"],
    ["keyring_locked", "Unlock and try again"],
    ["keyring_missing", "Enter the token again"],
    ["token_missing", "Enter the token again"],
  ] as const) {
    it(`names the account and puts the best choice first: ${scenario}`, async () => {
      useDesk(scenario);
      render(App);
      const page = await screen.findByTestId("desk-failed");
      expect(page).toHaveTextContent(ACCOUNT);
      expect(page).toHaveAttribute("data-code", scenario);
      const buttons = screen.getAllByRole("button");
      expect(buttons[0]).toHaveTextContent(first);
      const labels = buttons.map((button) => button.textContent.trim());
      expect(labels).toContain("Practise in the sandbox");
      expect(labels).toContain("Enter the token again");
      expect(screen.queryByTestId("sandbox-mark")).toBeNull();
      expect(await barriers()).toEqual([]);
    });
  }

  it("opens the account, not the sandbox, once the keyring returns the token", async () => {
    const desk = useDesk("keyring_locked");
    render(App);
    await user.click(await screen.findByTestId("desk-retry"));
    expect(desk.of("desk_retry")).toHaveLength(1);
    expect(screen.getByTestId("desk-failed")).toBeVisible();
    const opened = { ...storeFor("empty", Date.now()).desk, mode: "cloud" as const, app_name: "Dojo" };
    desk.answers.desk_retry = () => opened;
    desk.answers.desk_status = () => opened;
    await user.click(screen.getByTestId("desk-retry"));
    expect(await screen.findByTestId("account-name")).toHaveTextContent("Dojo");
    expect(desk.of("sandbox_open")).toHaveLength(0);
  });

  it("opens the sandbox on demand, which offers the way back to the account", async () => {
    const desk = useDesk("keyring_waiting");
    render(App);
    await user.click(await screen.findByTestId("desk-practise"));
    expect(await screen.findByTestId("sandbox-mark")).toBeVisible();
    await user.click(screen.getByTestId("open-account"));
    expect(desk.of("account_open")).toHaveLength(1);
  });

  it("shows why the sandbox did not open, and keeps its choices", async () => {
    const desk = useDesk("keyring_locked");
    desk.answers.sandbox_open = () => {
      throw { code: "conflict", message: "The sandbox is open in another Hajime window.", next: "Close that window." };
    };
    render(App);
    await user.click(await screen.findByTestId("desk-practise"));
    expect(await screen.findByTestId("desk-refused")).toHaveTextContent("open in another Hajime window");
    expect(screen.getByTestId("desk-retry")).toBeEnabled();
  });

  it("accepts a new token for the same account only", async () => {
    const desk = useDesk("token_missing");
    render(App);
    await user.click(await screen.findByTestId("desk-token"));
    const field = await screen.findByTestId("field-account-id");
    expect(field).toHaveValue(ACCOUNT);
    expect(field).toHaveAttribute("readonly");
    await waitFor(() => expect(screen.getByTestId("field-api-token")).toHaveFocus());
    expect(await barriers()).toEqual([]);
    await user.type(screen.getByTestId("field-api-token"), "a-token-typed-again");
    await user.click(screen.getByTestId("check-credentials"));
    await waitFor(() => expect(screen.getByTestId("save-credentials")).toBeEnabled());
    await user.click(screen.getByTestId("save-credentials"));
    expect(desk.of("connect_save")[0]?.args.form).toMatchObject({ account_id: ACCOUNT });
    await waitFor(() => expect(screen.queryByTestId("desk-failed")).toBeNull());
  });

  it("forgets an account without a token after a question, and opens the sandbox", async () => {
    const desk = useDesk("token_missing");
    render(App);
    await user.click(await screen.findByTestId("forget-credentials"));
    await user.click(await screen.findByTestId("forget-confirm-cancel"));
    expect(desk.of("connect_forget")).toHaveLength(0);
    // The page has no pointer events until a moment after the dialog was closed.
    await waitFor(() => expect(document.body.style.pointerEvents).not.toBe("none"));
    await user.click(screen.getByTestId("forget-credentials"));
    await user.click(await screen.findByTestId("forget-confirm"));
    expect(await screen.findByTestId("sandbox-mark")).toBeVisible();
    expect(screen.queryByTestId("open-account")).toBeNull();
  });

  it("shows why an account could not be forgotten, and keeps its choices", async () => {
    const desk = useDesk("keyring_locked");
    desk.answers.connect_forget = () => {
      throw { code: "keyring_locked", message: "The keyring is locked.", next: "Unlock it, then try again." };
    };
    render(App);
    await user.click(await screen.findByTestId("forget-credentials"));
    await user.click(await screen.findByTestId("forget-confirm"));
    expect(await screen.findByTestId("desk-refused")).toHaveTextContent("The keyring is locked");
    expect(screen.getByTestId("desk-retry")).toBeEnabled();
  });

  it("offers retry and sandbox, but no token field, for other errors", () => {
    const { choices, token } = choicesFor("invalid_input");
    expect(choices.map((choice) => choice.id)).toEqual(["retry", "practise"]);
    expect(token).toBe("no");
    expect(leavesNoDesk("invalid_input")).toBe(false);
    expect(leavesNoDesk("keyring_locked")).toBe(true);
  });
});
