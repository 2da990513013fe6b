// Asks the server.

/** An answer that is none, with what to tell the reader. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
    this.title = TITLES[status] ?? code;
  }
}

const TITLES = {
  400: "The question cannot be read.",
  401: "The server does not know who you are.",
  403: "You may not see this.",
  404: "The registry does not hold this.",
  429: "The server has too much to do.",
  503: "The server cannot answer now.",
};

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      ...options,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached.", "It may have stopped, or the way to it is cut. The page tries again.");
  }
  let body;
  try {
    body = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(response.status, "The answer cannot be read.", `HTTP ${response.status}`);
  }
  if (!response.ok) {
    throw new ApiError(response.status, body.error?.code ?? "Error", body.error?.message ?? `HTTP ${response.status}`);
  }
  return body;
}

/** GET with parameters; `signal` gives the question up. */
export function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(parameters).toString();
  return ask(query === "" ? path : `${path}?${query}`, { signal });
}

/** Asks whether a principal may do something: a SimulateRequest. */
export function askMay(question) {
  return ask("/console/api/may", {
    method: "POST",
    headers: { "content-type": "application/json", "rolegate-console": "1" },
    body: JSON.stringify(question),
  });
}
