-- The road of a difficulty after it was raised: a row for each step, never changed. The latest says where it stands.

CREATE TABLE ingest.difficulty_steps (
    province text NOT NULL,
    difficulty bigint NOT NULL,
    position bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('forwarded', 'answered', 'closed')),
    holder text COLLATE "C" NOT NULL,
    text text NOT NULL,
    due date,
    done_by text NOT NULL,
    done_at timestamptz NOT NULL,
    PRIMARY KEY (province, difficulty, position)
);
COMMENT ON COLUMN ingest.difficulty_steps.difficulty IS 'Position of difficulty.accepted in the partition of its province.';
COMMENT ON COLUMN ingest.difficulty_steps.holder IS 'With whom it lies from this step on.';
