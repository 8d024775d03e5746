// Moving a player to another device. Types of routes that this checkout's openapi.yaml may
// not have yet: once it has them, `schema.ts` has these too, and this file can go.

export interface NewTransferCode {
  /** To be written down. It is not shown again. */
  transfer_code: string;
  expires_at: string;
}

export interface TransferRequest {
  transfer_code: string;
  password: string;
  device_id: string;
  device_type: "ios" | "android" | "web" | "other";
  device_secret?: string;
  /** Whether the player that this device has may be left without it. */
  replace_player?: boolean;
}

interface Post<Body, Data> {
  post: {
    requestBody: { content: { "application/json": Body } };
    responses: { 200: { headers: Record<string, unknown>; content: { "application/json": { success: boolean; data: Data } } } };
  };
}

export interface AccountPaths<Session> {
  "/v1/users/me/transfer-code": Post<{ password: string }, NewTransferCode>;
  "/v1/auth/transfer": Post<TransferRequest, Session & { device_secret: string | null }>;
}
