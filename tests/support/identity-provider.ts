/** A little identity provider: it has keys at an address, and signs tokens with them. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import type { IdentityProvider } from "../../src/config.ts";

export const ISSUER = "https://id.example/";
export const AUDIENCE = "kith-app";

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export class TestProvider {
  readonly #server: Server;
  #keys: SigningKey[] = [];
  #made = 0;
  /** What it answers when it is asked for its keys. */
  status = 200;
  /** How often it was asked. */
  asked = 0;

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.asked++;
      response.writeHead(this.status, { "content-type": "application/json" });
      response.end(JSON.stringify({ keys: this.#keys.map(({ publicJwk }) => publicJwk) }));
    });
  }

  static async start(): Promise<TestProvider> {
    const provider = new TestProvider();
    // Node closes a connection that is idle for five seconds, and may do so under a question.
    provider.#server.keepAliveTimeout = 60_000;
    await provider.rotate("RS256");
    await new Promise<void>((resolve) => provider.#server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get config(): IdentityProvider {
    const { port } = this.#server.address() as AddressInfo;
    return { jwksUrl: `http://127.0.0.1:${port}/jwks`, issuer: ISSUER, audience: AUDIENCE };
  }

  /** Has a new key in the place of all that were. */
  async rotate(...algorithms: readonly string[]): Promise<void> {
    this.#keys = await Promise.all(
      algorithms.map(async (alg) => {
        const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
        const kid = `key ${++this.#made}`;
        return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
      }),
    );
  }

  get key(): SigningKey {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("There is no key.");
    return key;
  }

  /** A token of a subject, good for an hour and for Kith; `claims` add to it and replace, undefined leaves out. */
  token(subject: string, claims: JWTPayload = {}, key: SigningKey = this.key): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: ISSUER, aud: AUDIENCE, sub: subject, iat: now, exp: now + 3_600, ...claims };
    return new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader({ alg: key.alg, kid: key.kid })
      .sign(key.privateKey);
  }
}
