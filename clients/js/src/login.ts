import { basis, ChatError, asObject } from "./errors.js"
import { encode, violated } from "./frame.js"
import type { Link } from "./link.js"
import type { FullOptions } from "./options.js"
import { protocolVersion, type LoginParams, type LoginResult } from "./types.gen.js"

/** Logs in on connections, by token and by name, and keeps the token. */
export class Login {
  #token: string | undefined
  readonly #options: FullOptions

  constructor(options: FullOptions) {
    this.#options = options
    this.#token = options.token
  }

  /** Takes that the token is not good any more, and says whether there is another way. */
  expired(): boolean {
    this.#token = undefined
    return !!this.#options.username
  }

  /**
   * Logs in by token, or by name where that is given and the token, if there is one,
   * is not good any more.
   */
  async on(link: Link): Promise<LoginResult> {
    let result: LoginResult | undefined
    const login = async (token: string | undefined) => {
      result = await this.#attempt(link, token)
      return result.token
    }
    try {
      await (this.#options.exchange ?? ((f) => this.#exchange(f)))(login)
    } catch (error) {
      throw error instanceof ChatError ? error : new ChatError("other", `login: ${String(error)}`, { retryable: true, cause: error })
    }
    if (!result) throw new ChatError("other", "login: exchange has not called login", { retryable: true })
    if (result.protocol !== protocolVersion) throw new ChatError("version", `the server speaks version ${result.protocol} of the protocol`)
    return result
  }

  async #attempt(link: Link, token: string | undefined): Promise<LoginResult> {
    const { username, password, device } = this.#options
    if (token) {
      try {
        return await request(link, { token, device })
      } catch (error) {
        if (basis(error) !== "unauthenticated" || !username) throw error
      }
    }
    if (!username) throw new ChatError("unauthenticated", "no token")
    return request(link, { username, password, device })
  }

  /** Is the exchange of a client that keeps its token itself. */
  async #exchange(login: (token: string | undefined) => Promise<string>): Promise<void> {
    const next = await login(this.#token)
    try {
      await this.#options.onToken?.(next)
      this.#token = next
    } catch {
      // What could not be stored is not used, so that what was stored before stays good.
    }
  }
}

type Credentials = { [P in keyof LoginParams]: LoginParams[P] | undefined }

async function request(link: Link, credentials: Credentials): Promise<LoginResult> {
  const result = asObject(await link.ask("login", encode("login", credentials)))
  const user = asObject(result.user)
  if (typeof result.token !== "string" || typeof result.cursor !== "string" || typeof user.username !== "string") {
    throw violated("the answer to login")
  }
  return result as unknown as LoginResult
}
