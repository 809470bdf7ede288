// Stands in for RealtimeKit's client in join pages that the sandbox serves: the calls, events and error codes that such a page uses, over
// the socket of the practice room. Picture and sound are opened and shown to their owner only.
(() => {
  const RETRY_DELAYS_MS = [500, 1000, 2000, 4000, 8000];
  /** The messages of the real client, which end with the HTTP status. */
  const REFUSED = {
    401: "Unauthorized. The auth token may be invalid or expired. (401)",
    403: "Access denied. Insufficient permissions to join the meeting. (403)",
    404: "The auth token is not associated with an active participant in this meeting. (404)",
  };

  class ClientError extends Error {
    constructor(message, code) {
      super(message);
      this.name = "ClientError";
      this.code = code;
      dispatchEvent(new CustomEvent("ClientError", { detail: this }));
    }
  }

  class Emitter {
    listeners = new Map();
    on(event, listener) {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
      return this;
    }
    addListener(event, listener) {
      return this.on(event, listener);
    }
    removeListener(event, listener) {
      this.listeners.set(event, (this.listeners.get(event) ?? []).filter((known) => known !== listener));
      return this;
    }
    emit(event, payload) {
      for (const listener of this.listeners.get(event) ?? []) listener(payload);
    }
  }

  class Self extends Emitter {
    videoEnabled = false;
    audioEnabled = false;
    screenShareEnabled = false;
    roomJoined = false;
    videoTrack;
    audioTrack;
    constructor({ participant, preset }) {
      super();
      this.name = participant.name ?? "";
      this.userId = participant.id;
      this.permissions = {
        canRecord: /host/i.test(preset.name),
        canProduceVideo: "ALLOWED",
        canProduceAudio: "ALLOWED",
        canProduceScreenshare: "ALLOWED",
      };
    }
    setName(name) {
      if (!name) throw new ClientError("Name cannot be empty.", "1103");
      this.name = name;
    }
    async enableVideo() {
      await this.#enable("video", this.permissions.canProduceVideo);
    }
    async enableAudio() {
      await this.#enable("audio", this.permissions.canProduceAudio);
    }
    async disableVideo() {
      this.#disable("video");
    }
    async disableAudio() {
      this.#disable("audio");
    }
    async disableScreenShare() {}
    getCurrentDevices() {
      const of = (track) => (track ? { deviceId: track.getSettings().deviceId } : undefined);
      return { video: of(this.videoTrack), audio: of(this.audioTrack) };
    }
    async setDevice(device) {
      const kind = device.kind === "videoinput" ? "video" : "audio";
      this.#disable(kind);
      await this.#enable(kind, "ALLOWED", { deviceId: { exact: device.deviceId } });
    }
    async #enable(kind, permission, constraint = true) {
      if (permission !== "ALLOWED" || this[`${kind}Enabled`]) return;
      const stream = await navigator.mediaDevices.getUserMedia({ [kind]: constraint });
      this[`${kind}Track`] = stream.getTracks()[0];
      this.#changed(kind, true);
    }
    #disable(kind) {
      if (!this[`${kind}Enabled`]) return;
      this[`${kind}Track`].stop();
      this[`${kind}Track`] = undefined;
      this.#changed(kind, false);
    }
    #changed(kind, enabled) {
      this[`${kind}Enabled`] = enabled;
      this.emit(`${kind}Update`, { [`${kind}Enabled`]: enabled, [`${kind}Track`]: this[`${kind}Track`] });
    }
  }

  class Client {
    #token;
    #socket;
    #tries = 0;
    #everJoined = false;
    #left = false;
    constructor(token, details) {
      this.#token = token;
      this.self = new Self(details);
      this.meta = Object.assign(new Emitter(), { meetingTitle: details.meeting.title, viewType: "GROUP_CALL" });
      this.participants = Object.assign(new Emitter(), {
        people: [],
        maxActiveParticipantsCount: 6,
        setMaxActiveParticipantsCount(limit) {
          this.maxActiveParticipantsCount = limit;
        },
      });
      this.chat = Object.assign(new Emitter(), {
        messages: [],
        sendTextMessage: async (text) => this.#send({ type: "chat", text }),
      });
      this.recording = Object.assign(new Emitter(), { recordingState: "IDLE" });
    }

    join() {
      return new Promise((resolve, reject) => this.#open(resolve, reject));
    }

    async leave(state = "left") {
      if (this.#left) return;
      this.#left = true;
      this.#socket?.close();
      await this.self.disableVideo();
      await this.self.disableAudio();
      this.self.roomJoined = false;
      this.self.emit("roomLeft", { state });
    }

    #open(resolve, reject) {
      const address = new URL("/room/ws", location.href);
      address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      this.#socket = new WebSocket(address);
      this.#socket.addEventListener("open", () => this.#send({ type: "join", token: this.#token, name: this.self.name }));
      this.#socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(data), resolve, reject));
      this.#socket.addEventListener("close", () => this.#dropped(resolve, reject));
    }

    #send(message) {
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    }

    #receive(message, resolve, reject) {
      switch (message.type) {
        case "joined": {
          const reconnected = this.#everJoined;
          this.#everJoined = true;
          this.#tries = 0;
          this.self.id = message.peer_id;
          this.self.roomJoined = true;
          this.participants.people = message.people;
          this.chat.messages = message.chat;
          this.#recorded(message.recording ? "RECORDING" : "IDLE");
          if (reconnected) this.meta.emit("socketConnectionUpdate", { state: "connected", reconnected });
          this.self.emit("roomJoined", { reconnected });
          return resolve();
        }
        case "people":
          this.participants.people = message.people;
          return this.participants.emit("changed");
        case "chat":
          this.chat.messages = [...this.chat.messages, message];
          return this.chat.emit("chatUpdate");
        case "recording":
          return this.#recorded(["RECORDING", "PAUSED"].includes(message.state) ? message.state : "IDLE");
        case "ended":
          return this.leave(message.state ?? "ended");
        case "refused":
          this.#left = true;
          return reject(new ClientError("Check the network and try again.", "0002"));
      }
    }

    #recorded(state) {
      if (this.recording.recordingState === state) return;
      this.recording.recordingState = state;
      this.recording.emit("recordingUpdate", state);
    }

    #dropped(resolve, reject) {
      if (this.#left) return;
      if (!this.#everJoined) {
        reject(new ClientError("Check the network and try again.", "0002"));
      } else if (this.#tries >= RETRY_DELAYS_MS.length) {
        this.leave("disconnected");
      } else {
        this.meta.emit("socketConnectionUpdate", { state: "reconnecting", reconnected: false });
        setTimeout(() => this.#left || this.#open(resolve, reject), RETRY_DELAYS_MS[this.#tries]);
        this.#tries += 1;
      }
    }
  }

  async function init({ authToken }) {
    let answer;
    try {
      answer = await fetch("/room/details", { headers: { Authorization: `Bearer ${authToken}` } });
    } catch {
      throw new ClientError("Unable to connect to the server. Check the internet connection.", "0001");
    }
    if (REFUSED[answer.status]) throw new ClientError(REFUSED[answer.status], "0004");
    if (!answer.ok) throw new ClientError(`The server encountered an error. Try again. (${answer.status})`, "0001");
    return new Client(authToken, await answer.json());
  }

  window.RealtimeKitClient = { init };
})();
