import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a key may do, from where, for how much; and the secret before the last rotation, which works a little longer. */
export class KeyRights1700000000311 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE api_keys
        ADD COLUMN scopes text[],
        ADD COLUMN allowed_models text[],
        ADD COLUMN ip_allow_list text[],
        ADD COLUMN token_budget bigint CHECK (token_budget > 0),
        ADD COLUMN cost_budget_nano_usd bigint CHECK (cost_budget_nano_usd > 0),
        ADD COLUMN rotated_at timestamptz,
        ADD COLUMN previous_hash bytea UNIQUE CHECK (length(previous_hash) = 32),
        ADD COLUMN previous_hash_expires_at timestamptz,
        ADD CHECK ((previous_hash IS NULL) = (previous_hash_expires_at IS NULL));
      COMMENT ON COLUMN api_keys.scopes IS 'Null: all that the role of the owner has';
      COMMENT ON COLUMN api_keys.allowed_models IS 'Names, or beginnings followed by *. Null: all';
      COMMENT ON COLUMN api_keys.ip_allow_list IS 'Addresses and networks (CIDR). Null: everywhere';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE api_keys
        DROP COLUMN scopes,
        DROP COLUMN allowed_models,
        DROP COLUMN ip_allow_list,
        DROP COLUMN token_budget,
        DROP COLUMN cost_budget_nano_usd,
        DROP COLUMN rotated_at,
        DROP COLUMN previous_hash,
        DROP COLUMN previous_hash_expires_at;
    `);
  }
}
