--
-- PostgreSQL database dump
--

\restrict z6KXu25j8Wj3YW1HZt0dd4dCEuYrfDlGyozH1pMybOXtMdkElKfwWa9wgb1HW7c

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: check_changes_next(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_changes_next() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.revision <> (SELECT revision + 1 FROM revision_counter) OR NEW.time < (SELECT last_time FROM revision_counter) OR NEW.ordinal <> (SELECT coalesce(max(ordinal) + 1, 0) FROM changes WHERE revision = NEW.revision) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_moved_models_next(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_moved_models_next() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.revision <> (SELECT revision + 1 FROM revision_counter) OR NOT EXISTS (SELECT 1 FROM changes WHERE revision = NEW.revision AND ordinal = NEW.ordinal) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_refusals_next(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_refusals_next() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.number <> coalesce((SELECT max(number) FROM refusals), (SELECT refused_trimmed FROM revision_counter)) + 1 OR NEW.number > (SELECT refused FROM revision_counter) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_retention_delete(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_retention_delete() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF OLD.id = 1 AND EXISTS (SELECT 1 FROM retention) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;


--
-- Name: check_retention_insert(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_retention_insert() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.id = 1 AND EXISTS (SELECT 1 FROM retention) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_revision_counter_age(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_revision_counter_age() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF 
(NEW.trimmed > OLD.trimmed OR NEW.refused_trimmed > OLD.refused_trimmed) AND (
    (SELECT audit_days FROM retention) = 0
    OR (SELECT time FROM changes WHERE revision <= NEW.trimmed AND revision > OLD.trimmed
        ORDER BY revision DESC LIMIT 1)
        > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + 300000000 - (SELECT audit_days FROM retention) * 86400000000
    OR (SELECT time FROM refusals WHERE number <= NEW.refused_trimmed
        AND number > OLD.refused_trimmed ORDER BY number DESC LIMIT 1)
        > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + 300000000 - (SELECT audit_days FROM retention) * 86400000000
)
 THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_revision_counter_next(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_revision_counter_next() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.last_time < OLD.last_time OR NOT (NEW.revision = OLD.revision OR (NEW.revision = OLD.revision + 1 AND EXISTS (SELECT 1 FROM changes WHERE revision = NEW.revision))) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_revision_counter_one(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_revision_counter_one() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM revision_counter) THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;


--
-- Name: check_revision_counter_row(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.check_revision_counter_row() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF OLD.id = 1 THEN
        RAISE EXCEPTION 'rows of % cannot be changed so: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;


--
-- Name: refuse_to_change_rows(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_to_change_rows() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION 'rows of % cannot be changed: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;


--
-- Name: refuse_to_remove_kept_changes(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_to_remove_kept_changes() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone WHERE revision > (SELECT trimmed FROM revision_counter)) THEN
        RAISE EXCEPTION 'rows of % cannot be changed: kept', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: refuse_to_remove_kept_moved_models(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_to_remove_kept_moved_models() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone WHERE revision > (SELECT trimmed FROM revision_counter)) THEN
        RAISE EXCEPTION 'rows of % cannot be changed: kept', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: refuse_to_remove_kept_refusals(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_to_remove_kept_refusals() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM gone WHERE number > (SELECT refused_trimmed FROM revision_counter)) THEN
        RAISE EXCEPTION 'rows of % cannot be changed: kept', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;


--
-- Name: trim_changes(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.trim_changes(floor bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE revision_counter SET trimmed = floor WHERE trimmed < floor;
    DELETE FROM moved_models WHERE revision <= floor;
    DELETE FROM changes WHERE revision <= floor;
END
$$;


--
-- Name: trim_refusals(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.trim_refusals(floor bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE revision_counter SET refused_trimmed = floor WHERE refused_trimmed < floor;
    DELETE FROM refusals WHERE number <= floor;
END
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: alias_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alias_entries (
    model_uid uuid NOT NULL,
    alias text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    number bigint,
    previous bigint,
    "time" bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: aliases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.aliases (
    model_uid uuid NOT NULL,
    alias text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    "time" bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL
);


--
-- Name: attestations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attestations (
    uid uuid NOT NULL,
    version_uid uuid NOT NULL,
    revision bigint NOT NULL,
    "time" bigint NOT NULL,
    creator text NOT NULL COLLATE pg_catalog."C",
    predicate_type text NOT NULL COLLATE pg_catalog."C",
    payload_digest character varying(64) NOT NULL,
    signer text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: blob_marks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.blob_marks (
    namespace text NOT NULL COLLATE pg_catalog."C",
    total bigint NOT NULL
);


--
-- Name: blobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.blobs (
    namespace text NOT NULL COLLATE pg_catalog."C",
    digest character varying(64) NOT NULL,
    size bigint NOT NULL,
    crc32c bigint NOT NULL,
    blocks bytea NOT NULL,
    generation bigint NOT NULL,
    create_time bigint NOT NULL,
    lease_until bigint NOT NULL,
    in_doubt boolean NOT NULL,
    condemned_time bigint,
    deleting boolean NOT NULL,
    CONSTRAINT ck_blobs_condemned_first CHECK (((condemned_time IS NOT NULL) OR (NOT deleting))),
    CONSTRAINT ck_blobs_condemned_without_doubt CHECK (((condemned_time IS NULL) OR (NOT in_doubt)))
);


--
-- Name: changes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.changes (
    revision bigint NOT NULL,
    ordinal integer NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    "time" bigint NOT NULL,
    before jsonb,
    after jsonb,
    model text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: dataset_uses; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.dataset_uses (
    version_uid uuid NOT NULL,
    dataset_uid uuid NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    namespace text NOT NULL COLLATE pg_catalog."C",
    uri_sha256 character varying(64) NOT NULL,
    digest text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: evaluations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.evaluations (
    uid uuid NOT NULL,
    version_uid uuid NOT NULL,
    revision bigint NOT NULL,
    "time" bigint NOT NULL,
    creator text NOT NULL COLLATE pg_catalog."C",
    digest character varying(64) NOT NULL,
    dataset_uri text NOT NULL COLLATE pg_catalog."C",
    dataset_digest text NOT NULL COLLATE pg_catalog."C",
    evaluator text NOT NULL COLLATE pg_catalog."C",
    evaluator_digest text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    metrics jsonb NOT NULL,
    dimensions jsonb NOT NULL,
    slice_count bigint NOT NULL,
    slices jsonb NOT NULL
);


--
-- Name: lineage_edges; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lineage_edges (
    later_uid uuid NOT NULL,
    role text NOT NULL COLLATE pg_catalog."C",
    earlier_uid uuid NOT NULL,
    "time" bigint NOT NULL,
    recorder text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL
);


--
-- Name: lineage_nodes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lineage_nodes (
    uid uuid NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    place text NOT NULL COLLATE pg_catalog."C",
    place_sha256 character varying(64) NOT NULL,
    pin text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: lineage_records; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.lineage_records (
    uid uuid NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    record jsonb NOT NULL,
    run_uid uuid,
    event_type text NOT NULL COLLATE pg_catalog."C",
    event_time bigint,
    job_namespace text NOT NULL COLLATE pg_catalog."C",
    job_name text NOT NULL COLLATE pg_catalog."C",
    event text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: model_lifecycle; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.model_lifecycle (
    model_uid uuid NOT NULL,
    revision bigint NOT NULL,
    "time" bigint NOT NULL,
    deleted boolean NOT NULL
);


--
-- Name: models; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.models (
    uid uuid NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    model_id text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    labels jsonb NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    next_version bigint NOT NULL,
    creator text NOT NULL COLLATE pg_catalog."C",
    create_time bigint NOT NULL,
    update_time bigint NOT NULL,
    delete_time bigint,
    revision bigint NOT NULL
);


--
-- Name: moved_models; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.moved_models (
    revision bigint NOT NULL,
    ordinal integer NOT NULL,
    model text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: namespaces; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.namespaces (
    namespace text NOT NULL COLLATE pg_catalog."C",
    description text NOT NULL COLLATE pg_catalog."C",
    creator text NOT NULL COLLATE pg_catalog."C",
    create_time bigint NOT NULL,
    revision bigint NOT NULL,
    quota bigint
);


--
-- Name: policies; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.policies (
    namespace text NOT NULL COLLATE pg_catalog."C",
    policy_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    to_stage text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: policy_revisions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.policy_revisions (
    namespace text NOT NULL COLLATE pg_catalog."C",
    policy_id text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    revision bigint NOT NULL,
    "time" bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    deleted boolean NOT NULL,
    digest character varying(64) NOT NULL,
    document jsonb NOT NULL,
    CONSTRAINT ck_policy_revisions_number CHECK ((number >= 1))
);


--
-- Name: refusals; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.refusals (
    number bigint NOT NULL,
    revision bigint NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    method text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    message text NOT NULL COLLATE pg_catalog."C",
    causes jsonb NOT NULL,
    request_id text NOT NULL COLLATE pg_catalog."C",
    omitted bigint NOT NULL,
    "time" bigint NOT NULL
);


--
-- Name: registration_schemas; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.registration_schemas (
    namespace text NOT NULL COLLATE pg_catalog."C",
    number bigint NOT NULL,
    json_schema text NOT NULL COLLATE pg_catalog."C",
    check_formats boolean NOT NULL,
    required jsonb NOT NULL,
    updater text NOT NULL COLLATE pg_catalog."C",
    update_time bigint NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT ck_registration_schemas_number CHECK ((number >= 1))
);


--
-- Name: request_replays; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.request_replays (
    principal text NOT NULL COLLATE pg_catalog."C",
    request_id text NOT NULL COLLATE pg_catalog."C",
    fingerprint text NOT NULL COLLATE pg_catalog."C",
    reply bytea NOT NULL,
    expire_time bigint NOT NULL
);


--
-- Name: retention; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.retention (
    id integer NOT NULL,
    audit_days integer NOT NULL,
    CONSTRAINT ck_retention_days CHECK ((audit_days >= 0)),
    CONSTRAINT ck_retention_one_row CHECK ((id = 1))
);


--
-- Name: revision_counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.revision_counter (
    id integer NOT NULL,
    revision bigint NOT NULL,
    last_time bigint NOT NULL,
    compacted bigint DEFAULT '0'::bigint NOT NULL,
    trimmed bigint DEFAULT '0'::bigint NOT NULL,
    refused bigint DEFAULT '0'::bigint NOT NULL,
    refused_trimmed bigint DEFAULT '0'::bigint NOT NULL,
    history text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    held boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_revision_counter_one_row CHECK ((id = 1))
);


--
-- Name: stage_entries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.stage_entries (
    model_uid uuid NOT NULL,
    revision bigint NOT NULL,
    number bigint NOT NULL,
    stage text NOT NULL COLLATE pg_catalog."C",
    previous text NOT NULL COLLATE pg_catalog."C",
    "time" bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: stage_graphs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.stage_graphs (
    namespace text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    "time" bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    graph jsonb NOT NULL
);


--
-- Name: tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tokens (
    id text NOT NULL COLLATE pg_catalog."C",
    secret_hash bytea NOT NULL,
    principal text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    create_time bigint NOT NULL,
    expire_time bigint,
    revoke_time bigint,
    use_time bigint
);


--
-- Name: transition_moves; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transition_moves (
    model_uid uuid NOT NULL,
    transition_uid uuid NOT NULL,
    number bigint NOT NULL
);


--
-- Name: transitions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transitions (
    uid uuid NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    due bigint,
    revision bigint NOT NULL,
    document jsonb NOT NULL
);


--
-- Name: uploads; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.uploads (
    uid uuid NOT NULL,
    namespace text NOT NULL COLLATE pg_catalog."C",
    digest character varying(64),
    size bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    creator text NOT NULL COLLATE pg_catalog."C",
    create_time bigint NOT NULL,
    expire_time bigint NOT NULL,
    committed bigint NOT NULL,
    session bigint NOT NULL,
    epoch bigint NOT NULL,
    already_existed boolean NOT NULL,
    checkpoint bytea NOT NULL,
    store_state bytea NOT NULL
);


--
-- Name: version_files; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_files (
    version_uid uuid NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    namespace text NOT NULL COLLATE pg_catalog."C",
    sha256 character varying(64) NOT NULL,
    size bigint NOT NULL,
    media_type text NOT NULL COLLATE pg_catalog."C"
);


--
-- Name: version_heads; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_heads (
    uid uuid NOT NULL,
    model_uid uuid NOT NULL,
    number bigint NOT NULL,
    labels jsonb NOT NULL,
    stage text NOT NULL COLLATE pg_catalog."C",
    stage_revision bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    update_time bigint NOT NULL,
    delete_time bigint,
    revision bigint NOT NULL
);


--
-- Name: version_states; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_states (
    model_uid uuid NOT NULL,
    revision bigint NOT NULL,
    number bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    "time" bigint NOT NULL
);


--
-- Name: versions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.versions (
    uid uuid NOT NULL,
    model_uid uuid NOT NULL,
    number bigint NOT NULL,
    root_digest character varying(64) NOT NULL,
    size bigint NOT NULL,
    file_count bigint NOT NULL,
    creator text NOT NULL COLLATE pg_catalog."C",
    create_time bigint NOT NULL,
    description text NOT NULL COLLATE pg_catalog."C",
    tags jsonb NOT NULL,
    metrics jsonb NOT NULL,
    params jsonb NOT NULL,
    detail jsonb NOT NULL,
    detail_bytes bigint,
    CONSTRAINT ck_versions_number CHECK ((number >= 1))
);


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0015');


--
-- Data for Name: alias_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alias_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'candidate', 4, 1, NULL, 1796033314966584, 'ann', '');
INSERT INTO public.alias_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'champion', 18, 2, NULL, 1796033315838484, 'ann', 'live');
INSERT INTO public.alias_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'old', 19, 1, NULL, 1796033315859126, 'ann', '');
INSERT INTO public.alias_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'old', 20, NULL, 1, 1796033315880845, 'ann', '');


--
-- Data for Name: aliases; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.aliases VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'candidate', 1, 1796033314966584, 'ann', 4);
INSERT INTO public.aliases VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'champion', 2, 1796033315838484, 'ann', 18);


--
-- Data for Name: attestations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attestations VALUES ('01a22bed-818d-7fad-b945-ca7dd51a0980', '01a22bed-812a-7ce6-8549-197932dbad54', 7, 1796033315206131, 'ann', 'slsa', 'abababababababababababababababababababababababababababababababab', 'ci');


--
-- Data for Name: blob_marks; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: blobs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.blobs VALUES ('default', '3d0d604e11e0257cb685f886da367d6b268d56889f983c3cdc9458df40c53a9c', 21, 465111417, '\x1bb90979', 0, 1796033314856510, 1796119714856510, true, NULL, false);
INSERT INTO public.blobs VALUES ('default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 563650169, '\x21989e79', 0, 1796033315080281, 1796119716226033, true, NULL, false);
INSERT INTO public.blobs VALUES ('default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 1150589057, '\x44949881', 0, 1796033314941882, 1796119716233526, true, NULL, false);


--
-- Data for Name: changes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.changes VALUES (1, 0, '-', 'token.create', 'namespaces/-/tokens/c537305f2745', 'operator', 'for ann, role admin', 1796033314553293, NULL, NULL, 'namespaces/-/tokens/c537305f2745');
INSERT INTO public.changes VALUES (2, 0, '-', 'token.create', 'namespaces/-/tokens/b3a336ed79c9', 'operator', 'for ben, role approver', 1796033314575894, NULL, NULL, 'namespaces/-/tokens/b3a336ed79c9');
INSERT INTO public.changes VALUES (3, 0, '-', 'token.create', 'namespaces/-/tokens/c0f08495df0b', 'operator', 'for eve, role reader', 1796033314582132, NULL, NULL, 'namespaces/-/tokens/c0f08495df0b');
INSERT INTO public.changes VALUES (4, 0, 'default', 'model.create', 'namespaces/default/models/released', 'ann', '', 1796033314966584, NULL, '{"uid": "01a22bed-809a-72eb-8be4-86626f52f6f0", "kind": "model", "name": "namespaces/default/models/released", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 0, "creator": "ann", "revision": 4, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:34.966584+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (4, 1, 'default', 'version.register', 'namespaces/default/models/released/versions/1', 'ann', '', 1796033314966584, NULL, '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "none", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 4, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:34.966584+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (4, 2, 'default', 'alias.set', 'namespaces/default/models/released/aliases/candidate', 'ann', '', 1796033314966584, NULL, '{"kind": "alias", "name": "namespaces/default/models/released/aliases/candidate", "time": "2026-11-30T10:08:34.966584+00:00", "actor": "ann", "version": "namespaces/default/models/released/versions/1", "revision": 4}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (5, 0, 'default', 'version.register', 'namespaces/default/models/released/versions/2', 'ann', '', 1796033315101711, NULL, '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 5, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.101711+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (6, 0, 'default', 'evaluation.submit', 'namespaces/default/models/released/versions/2/evaluations/01a22bed-8165-7870-858d-4d7acc81b8c2', 'ann', '', 1796033315165256, NULL, '{"kind": "evaluation", "name": "namespaces/default/models/released/versions/2/evaluations/01a22bed-8165-7870-858d-4d7acc81b8c2", "draft": {"slices": [], "metrics": {"auc": 0.96}, "evaluator": "", "dataset_uri": "gs://holdout", "description": "", "dataset_digest": "", "evaluator_digest": ""}, "digest": "sha256:381ece7a4eb962d37634b53d730e306a07a597127399462c8a47db4bca2c742d", "creator": "ann", "revision": 6, "create_time": "2026-11-30T10:08:35.165256+00:00", "slice_count": 0}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (7, 0, 'default', 'attestation.record', 'namespaces/default/models/released/versions/2/attestations/01a22bed-818d-7fad-b945-ca7dd51a0980', 'ann', '', 1796033315206131, NULL, '{"kind": "attestation", "name": "namespaces/default/models/released/versions/2/attestations/01a22bed-818d-7fad-b945-ca7dd51a0980", "draft": {"signer": "ci", "payload_digest": "sha256:abababababababababababababababababababababababababababababababab", "predicate_type": "slsa"}, "creator": "ann", "revision": 7, "create_time": "2026-11-30T10:08:35.206131+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (8, 0, 'default', 'lineage.record', 'namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89', 'ann', '', 1796033315258681, NULL, '{"run": null, "kind": "lineage", "name": "namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89", "edges": [{"role": "derived_from", "source": "namespaces/default/models/released/versions/2", "target": "namespaces/default/models/released/versions/1"}], "recorder": "ann", "revision": 8, "event_time": null, "event_type": "", "create_time": "2026-11-30T10:08:35.258681+00:00"}', 'namespaces/default/lineage/records');
INSERT INTO public.changes VALUES (9, 0, 'default', 'version.stage', 'namespaces/default/models/released/versions/1', 'ann', '', 1796033315287915, '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "none", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 4, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:34.966584+00:00"}', '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "staging", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 9, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.287915+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (10, 0, 'default', 'version.stage', 'namespaces/default/models/released/versions/1', 'ann', '', 1796033315403985, '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "staging", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 9, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.287915+00:00"}', '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "production", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 10, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.403985+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (11, 0, 'default', 'version.stage', 'namespaces/default/models/released/versions/2', 'ann', '', 1796033315452310, '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 5, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.101711+00:00"}', '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "staging", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 11, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.452310+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (12, 0, 'default', 'policy.put', 'namespaces/default/policies/released-quality', 'ann', '', 1796033315506018, NULL, '{"kind": "policy", "name": "namespaces/default/policies/released-quality", "time": "2026-11-30T10:08:35.506018+00:00", "actor": "ann", "draft": {"wait": 0, "rules": [{"id": "auc", "cel": null, "bound": {"metric": "auc", "dataset": "", "max_age": null, "maximum": null, "minimum": 0.9, "dimension": "", "min_count": 0, "tolerance": 0.0, "use_bound": false, "required_slices": []}, "files": null, "change": null, "labels": null, "spread": null, "lineage": null, "severity": "block", "attestations": null}], "models": "released", "to_stage": "production", "approvals": [{"id": "risk", "count": 1, "roles": ["approver"], "meaning": "validated", "allow_author": false, "allow_requester": false}], "from_stage": "", "description": ""}, "digest": "sha256:4d14ea3475f8b76bea3bfba5f66cb07b4621cc6c43360e044548e8dec308f687", "number": 1, "deleted": false, "revision": 12}', 'namespaces/default/policies/released-quality');
INSERT INTO public.changes VALUES (16, 0, 'default', 'model.update', 'namespaces/default/models/released', 'ann', '', 1796033315795568, '{"uid": "01a22bed-809a-72eb-8be4-86626f52f6f0", "kind": "model", "name": "namespaces/default/models/released", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 2, "creator": "ann", "revision": 4, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:34.966584+00:00"}', '{"uid": "01a22bed-809a-72eb-8be4-86626f52f6f0", "kind": "model", "name": "namespaces/default/models/released", "draft": {"owner": "risk", "labels": {"team": "risk"}, "description": "detects"}, "latest": 2, "creator": "ann", "revision": 16, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:35.795568+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (19, 0, 'default', 'alias.set', 'namespaces/default/models/released/aliases/old', 'ann', '', 1796033315859126, NULL, '{"kind": "alias", "name": "namespaces/default/models/released/aliases/old", "time": "2026-11-30T10:08:35.859126+00:00", "actor": "ann", "version": "namespaces/default/models/released/versions/1", "revision": 19}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (20, 0, 'default', 'alias.delete', 'namespaces/default/models/released/aliases/old', 'ann', '', 1796033315880845, '{"kind": "alias", "name": "namespaces/default/models/released/aliases/old", "time": "2026-11-30T10:08:35.859126+00:00", "actor": "ann", "version": "namespaces/default/models/released/versions/1", "revision": 19}', NULL, 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (21, 0, 'released-namespace', 'namespace.create', 'namespaces/released-namespace', 'ann', '', 1796033315902675, NULL, '{"kind": "namespace", "name": "namespaces/released-namespace", "quota": 1048576, "creator": "ann", "revision": 21, "create_time": "2026-11-30T10:08:35.902675+00:00", "description": ""}', 'namespaces/released-namespace');
INSERT INTO public.changes VALUES (22, 0, 'default', 'schema.set', 'namespaces/default/registrationSchema', 'ann', '', 1796033315918961, NULL, '{"kind": "registration_schema", "name": "namespaces/default/registrationSchema", "draft": {"required": {"tags": [], "files": [], "labels": [], "slices": [], "metrics": [], "signature": false, "clean_commit": false, "pinned_inputs": [], "environment_lock": false}, "json_schema": "", "check_formats": false}, "number": 1, "updater": "ann", "revision": 22, "update_time": "2026-11-30T10:08:35.918961+00:00"}', 'namespaces/default/registrationSchema');
INSERT INTO public.changes VALUES (23, 0, 'default', 'model.create', 'namespaces/default/models/released-other', 'ann', '', 1796033315998889, NULL, '{"uid": "01a22bed-84a0-7b96-91ac-10c89b55baaa", "kind": "model", "name": "namespaces/default/models/released-other", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 0, "creator": "ann", "revision": 23, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:35.998889+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (23, 1, 'default', 'version.register', 'namespaces/default/models/released-other/versions/1', 'ann', '', 1796033315998889, NULL, '{"uid": "01a22bed-84a3-74f4-be13-76b4a9d31be3", "kind": "version", "name": "namespaces/default/models/released-other/versions/1", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 23, "file_count": 2, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.998889+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (26, 0, 'default', 'version.register', 'namespaces/default/models/released-other/versions/4', 'ann', '', 1796033316252827, NULL, '{"uid": "01a22bed-85a0-7edd-af46-1fdb7c5c2b44", "kind": "version", "name": "namespaces/default/models/released-other/versions/4", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 26, "file_count": 2, "create_time": "2026-11-30T10:08:36.252827+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.252827+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (13, 0, 'default', 'transition.request', 'namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319', 'ann', 'better', 1796033315548552, NULL, '{"kind": "transition", "name": "namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/2", "findings": [], "policies": ["released-quality@1"], "previous": null, "to_stage": "production", "from_stage": "staging"}], "needs": [{"count": 1, "roles": ["approver"], "policy": "released-quality@1", "meaning": "validated", "requirement": "risk", "allow_author": false, "allow_requester": false}], "state": "pending_approval", "reason": "better", "authors": ["ann"], "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "category": "promotion", "end_time": null, "revision": 13, "approvals": [], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.548552+00:00", "expire_time": "2026-12-30T10:08:35.548552+00:00"}', 'namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319');
INSERT INTO public.changes VALUES (17, 0, 'default', 'version.label', 'namespaces/default/models/released/versions/2', 'ann', '', 1796033315813271, '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "archived", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 15, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.682568+00:00"}', '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "archived", "state": "active", "detail": null, "labels": {"reviewed": "yes"}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 17, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.813271+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (18, 0, 'default', 'alias.set', 'namespaces/default/models/released/aliases/champion', 'ann', 'live', 1796033315838484, NULL, '{"kind": "alias", "name": "namespaces/default/models/released/aliases/champion", "time": "2026-11-30T10:08:35.838484+00:00", "actor": "ann", "version": "namespaces/default/models/released/versions/2", "revision": 18}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (24, 0, 'default', 'version.register', 'namespaces/default/models/released-other/versions/2', 'ann', '', 1796033316095901, NULL, '{"uid": "01a22bed-8503-75b2-b468-9187580c87d9", "kind": "version", "name": "namespaces/default/models/released-other/versions/2", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 24, "file_count": 2, "create_time": "2026-11-30T10:08:36.095901+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.095901+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (35, 0, '-', 'token.use', 'namespaces/-/tokens/b3a336ed79c9', 'ben', 'the first use on 2026-11-30', 1796033316879827, NULL, NULL, 'namespaces/-/tokens/b3a336ed79c9');
INSERT INTO public.changes VALUES (14, 0, 'default', 'transition.apply', 'namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319', 'ben', '', 1796033315611960, '{"kind": "transition", "name": "namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/2", "findings": [], "policies": ["released-quality@1"], "previous": null, "to_stage": "production", "from_stage": "staging"}], "needs": [{"count": 1, "roles": ["approver"], "policy": "released-quality@1", "meaning": "validated", "requirement": "risk", "allow_author": false, "allow_requester": false}], "state": "pending_approval", "reason": "better", "authors": ["ann"], "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "category": "promotion", "end_time": null, "revision": 13, "approvals": [], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.548552+00:00", "expire_time": "2026-12-30T10:08:35.548552+00:00"}', '{"kind": "transition", "name": "namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/2", "findings": [], "policies": ["released-quality@1"], "previous": null, "to_stage": "production", "from_stage": "staging"}], "needs": [{"count": 1, "roles": ["approver"], "policy": "released-quality@1", "meaning": "validated", "requirement": "risk", "allow_author": false, "allow_requester": false}], "state": "applied", "reason": "better", "authors": ["ann"], "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "category": "promotion", "end_time": "2026-11-30T10:08:35.611960+00:00", "revision": 14, "approvals": [{"role": "approver", "time": "2026-11-30T10:08:35.611960+00:00", "actor": "ben", "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "comment": "looked at it", "meaning": "validated", "approved": true, "requirement": "released-quality/risk"}], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.548552+00:00", "expire_time": "2026-12-30T10:08:35.548552+00:00"}', 'namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319');
INSERT INTO public.changes VALUES (14, 1, 'default', 'version.stage', 'namespaces/default/models/released/versions/1', 'ann', 'better', 1796033315611960, '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "production", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 10, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.403985+00:00"}', '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "archived", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 14, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.611960+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (14, 2, 'default', 'version.stage', 'namespaces/default/models/released/versions/2', 'ann', 'better', 1796033315611960, '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "staging", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 11, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.452310+00:00"}', '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "production", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 14, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.611960+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (15, 0, 'default', 'transition.rollback', 'namespaces/default/transitions/01a22bed-8378-7d07-bcef-d20d1f1dd30d', 'ann', 'complaints', 1796033315682568, NULL, '{"kind": "transition", "name": "namespaces/default/transitions/01a22bed-8378-7d07-bcef-d20d1f1dd30d", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/1", "findings": [], "policies": [], "previous": "namespaces/default/models/released/versions/2", "to_stage": "production", "from_stage": "archived"}], "needs": [], "state": "applied", "reason": "complaints", "authors": [], "binding": "", "category": "rollback", "end_time": "2026-11-30T10:08:35.682568+00:00", "revision": 15, "approvals": [], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.682568+00:00", "expire_time": "2026-11-30T10:08:35.682568+00:00"}', 'namespaces/default/transitions/01a22bed-8378-7d07-bcef-d20d1f1dd30d');
INSERT INTO public.changes VALUES (15, 1, 'default', 'version.stage', 'namespaces/default/models/released/versions/2', 'ann', 'complaints', 1796033315682568, '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "production", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 14, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.611960+00:00"}', '{"uid": "01a22bed-812a-7ce6-8549-197932dbad54", "kind": "version", "name": "namespaces/default/models/released/versions/2", "size": 5242901, "tags": {}, "stage": "archived", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {"auc": 0.95}, "revision": 15, "file_count": 2, "create_time": "2026-11-30T10:08:35.101711+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.682568+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (15, 2, 'default', 'version.stage', 'namespaces/default/models/released/versions/1', 'ann', 'complaints', 1796033315682568, '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "archived", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 14, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.611960+00:00"}', '{"uid": "01a22bed-80a1-7cb0-8290-672a1f6c6908", "kind": "version", "name": "namespaces/default/models/released/versions/1", "size": 5242901, "tags": {"team": "risk"}, "stage": "production", "state": "active", "detail": null, "labels": {"tier": "1"}, "aliases": ["candidate"], "creator": "ann", "metrics": {"auc": 0.91}, "revision": 15, "file_count": 2, "create_time": "2026-11-30T10:08:34.966584+00:00", "delete_time": null, "description": "", "root_digest": "sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a", "update_time": "2026-11-30T10:08:35.682568+00:00"}', 'namespaces/default/models/released');
INSERT INTO public.changes VALUES (25, 0, 'default', 'version.register', 'namespaces/default/models/released-other/versions/3', 'ann', '', 1796033316175499, NULL, '{"uid": "01a22bed-8553-7d69-8287-5f47a728b855", "kind": "version", "name": "namespaces/default/models/released-other/versions/3", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 25, "file_count": 2, "create_time": "2026-11-30T10:08:36.175499+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.175499+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (32, 0, 'default', 'model.delete', 'namespaces/default/models/released-other', 'ann', '', 1796033316508025, '{"uid": "01a22bed-84a0-7b96-91ac-10c89b55baaa", "kind": "model", "name": "namespaces/default/models/released-other", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 1, "creator": "ann", "revision": 23, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:35.998889+00:00"}', '{"uid": "01a22bed-84a0-7b96-91ac-10c89b55baaa", "kind": "model", "name": "namespaces/default/models/released-other", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 1, "creator": "ann", "revision": 32, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": "2026-11-30T10:08:36.508025+00:00", "update_time": "2026-11-30T10:08:36.508025+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (34, 0, '-', 'token.use', 'namespaces/-/tokens/c537305f2745', 'ann', 'the first use on 2026-11-30', 1796033316875243, NULL, NULL, 'namespaces/-/tokens/c537305f2745');
INSERT INTO public.changes VALUES (36, 0, '-', 'token.use', 'namespaces/-/tokens/c0f08495df0b', 'eve', 'the first use on 2026-11-30', 1796033316891449, NULL, NULL, 'namespaces/-/tokens/c0f08495df0b');
INSERT INTO public.changes VALUES (27, 0, 'default', 'version.deprecate', 'namespaces/default/models/released-other/versions/1', 'ann', 'old', 1796033316289087, '{"uid": "01a22bed-84a3-74f4-be13-76b4a9d31be3", "kind": "version", "name": "namespaces/default/models/released-other/versions/1", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 23, "file_count": 2, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:35.998889+00:00"}', '{"uid": "01a22bed-84a3-74f4-be13-76b4a9d31be3", "kind": "version", "name": "namespaces/default/models/released-other/versions/1", "size": 5242901, "tags": {}, "stage": "none", "state": "deprecated", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 27, "file_count": 2, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.289087+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (28, 0, 'default', 'version.restore', 'namespaces/default/models/released-other/versions/1', 'ann', 'needed', 1796033316313214, '{"uid": "01a22bed-84a3-74f4-be13-76b4a9d31be3", "kind": "version", "name": "namespaces/default/models/released-other/versions/1", "size": 5242901, "tags": {}, "stage": "none", "state": "deprecated", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 27, "file_count": 2, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.289087+00:00"}', '{"uid": "01a22bed-84a3-74f4-be13-76b4a9d31be3", "kind": "version", "name": "namespaces/default/models/released-other/versions/1", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 28, "file_count": 2, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.313214+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (29, 0, 'default', 'version.yank', 'namespaces/default/models/released-other/versions/2', 'ann', 'wrong', 1796033316336237, '{"uid": "01a22bed-8503-75b2-b468-9187580c87d9", "kind": "version", "name": "namespaces/default/models/released-other/versions/2", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 24, "file_count": 2, "create_time": "2026-11-30T10:08:36.095901+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.095901+00:00"}', '{"uid": "01a22bed-8503-75b2-b468-9187580c87d9", "kind": "version", "name": "namespaces/default/models/released-other/versions/2", "size": 5242901, "tags": {}, "stage": "none", "state": "yanked", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 29, "file_count": 2, "create_time": "2026-11-30T10:08:36.095901+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.336237+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (30, 0, 'default', 'version.revoke', 'namespaces/default/models/released-other/versions/3', 'ann', 'leaked', 1796033316358726, '{"uid": "01a22bed-8553-7d69-8287-5f47a728b855", "kind": "version", "name": "namespaces/default/models/released-other/versions/3", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 25, "file_count": 2, "create_time": "2026-11-30T10:08:36.175499+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.175499+00:00"}', '{"uid": "01a22bed-8553-7d69-8287-5f47a728b855", "kind": "version", "name": "namespaces/default/models/released-other/versions/3", "size": 5242901, "tags": {}, "stage": "none", "state": "revoked", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 30, "file_count": 2, "create_time": "2026-11-30T10:08:36.175499+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.358726+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (31, 0, 'default', 'version.delete', 'namespaces/default/models/released-other/versions/4', 'ann', 'unused', 1796033316420069, '{"uid": "01a22bed-85a0-7edd-af46-1fdb7c5c2b44", "kind": "version", "name": "namespaces/default/models/released-other/versions/4", "size": 5242901, "tags": {}, "stage": "none", "state": "active", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 26, "file_count": 2, "create_time": "2026-11-30T10:08:36.252827+00:00", "delete_time": null, "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.252827+00:00"}', '{"uid": "01a22bed-85a0-7edd-af46-1fdb7c5c2b44", "kind": "version", "name": "namespaces/default/models/released-other/versions/4", "size": 5242901, "tags": {}, "stage": "none", "state": "deleted", "detail": null, "labels": {}, "aliases": [], "creator": "ann", "metrics": {}, "revision": 31, "file_count": 2, "create_time": "2026-11-30T10:08:36.252827+00:00", "delete_time": "2026-11-30T10:08:36.420069+00:00", "description": "", "root_digest": "sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1", "update_time": "2026-11-30T10:08:36.420069+00:00"}', 'namespaces/default/models/released-other');
INSERT INTO public.changes VALUES (33, 0, 'default', 'model.undelete', 'namespaces/default/models/released-other', 'ann', '', 1796033316549865, '{"uid": "01a22bed-84a0-7b96-91ac-10c89b55baaa", "kind": "model", "name": "namespaces/default/models/released-other", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 1, "creator": "ann", "revision": 32, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": "2026-11-30T10:08:36.508025+00:00", "update_time": "2026-11-30T10:08:36.508025+00:00"}', '{"uid": "01a22bed-84a0-7b96-91ac-10c89b55baaa", "kind": "model", "name": "namespaces/default/models/released-other", "draft": {"owner": "", "labels": {}, "description": ""}, "latest": 1, "creator": "ann", "revision": 33, "create_time": "2026-11-30T10:08:35.998889+00:00", "delete_time": null, "update_time": "2026-11-30T10:08:36.549865+00:00"}', 'namespaces/default/models/released-other');


--
-- Data for Name: dataset_uses; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.dataset_uses VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', 'c40fc9f7-8d5e-7d3f-264f-8644e15825b8', 'trained_on', 'default', '814391808b08c1e5623376c8133f7901237ed262574d46be9bffdae9955a2ffc', 'sha256:aa');


--
-- Data for Name: evaluations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.evaluations VALUES ('01a22bed-8165-7870-858d-4d7acc81b8c2', '01a22bed-812a-7ce6-8549-197932dbad54', 6, 1796033315165256, 'ann', '381ece7a4eb962d37634b53d730e306a07a597127399462c8a47db4bca2c742d', 'gs://holdout', '', '', '', '', '{"auc": 0.96}', '[]', 0, '[]');


--
-- Data for Name: lineage_edges; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.lineage_edges VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', 'trained_on', 'c40fc9f7-8d5e-7d3f-264f-8644e15825b8', 1796033314966584, 'ann', 4);
INSERT INTO public.lineage_edges VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', 'derived_from', '01a22bed-80a1-7cb0-8290-672a1f6c6908', 1796033315101711, 'ann', 5);
INSERT INTO public.lineage_edges VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', 'approved_by', '85677fc2-6250-a323-e10a-1d0998058004', 1796033315611960, 'ann', 14);


--
-- Data for Name: lineage_nodes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.lineage_nodes VALUES ('c40fc9f7-8d5e-7d3f-264f-8644e15825b8', 'default', 'dataset', 'gs://released/q3', '814391808b08c1e5623376c8133f7901237ed262574d46be9bffdae9955a2ffc', 'sha256:aa');
INSERT INTO public.lineage_nodes VALUES ('85677fc2-6250-a323-e10a-1d0998058004', 'default', 'approver', 'ben', '6700869c8ff7480e34a70a708b028700dbaa3a033b5652b903afe89f49a31456', '');


--
-- Data for Name: lineage_records; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.lineage_records VALUES ('06583e25-ad8a-c4f4-527e-1bd31a4dfa89', 'default', '{"run": null, "name": "namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89", "edges": [{"role": "derived_from", "source": "namespaces/default/models/released/versions/2", "target": "namespaces/default/models/released/versions/1"}], "recorder": "ann", "revision": 8, "event_time": null, "event_type": "", "create_time": "2026-11-30T10:08:35.258681+00:00"}', NULL, '', NULL, '', '', '');


--
-- Data for Name: model_lifecycle; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.model_lifecycle VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 32, 1796033316508025, true);
INSERT INTO public.model_lifecycle VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 33, 1796033316549865, false);


--
-- Data for Name: models; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.models VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 'default', 'released', 'detects', '{"team": "risk"}', 'risk', 3, 'ann', 1796033314966584, 1796033315795568, NULL, 16);
INSERT INTO public.models VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 'default', 'released-other', '', '{}', '', 5, 'ann', 1796033315998889, 1796033316549865, NULL, 33);


--
-- Data for Name: moved_models; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.moved_models VALUES (13, 0, 'namespaces/default/models/released');
INSERT INTO public.moved_models VALUES (14, 0, 'namespaces/default/models/released');
INSERT INTO public.moved_models VALUES (15, 0, 'namespaces/default/models/released');


--
-- Data for Name: namespaces; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.namespaces VALUES ('default', '', 'system', 1796033313716364, 0, NULL);
INSERT INTO public.namespaces VALUES ('released-namespace', '', 'ann', 1796033315902675, 21, 1048576);


--
-- Data for Name: policies; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.policies VALUES ('default', 'released-quality', 1, 'production');


--
-- Data for Name: policy_revisions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.policy_revisions VALUES ('default', 'released-quality', 1, 12, 1796033315506018, 'ann', false, '4d14ea3475f8b76bea3bfba5f66cb07b4621cc6c43360e044548e8dec308f687', '{"wait": 0, "rules": [{"id": "auc", "cel": null, "bound": {"metric": "auc", "dataset": "", "max_age": null, "maximum": null, "minimum": 0.9, "dimension": "", "min_count": 0, "tolerance": 0.0, "use_bound": false, "required_slices": []}, "files": null, "change": null, "labels": null, "spread": null, "lineage": null, "severity": "block", "attestations": null}], "models": "released", "to_stage": "production", "approvals": [{"id": "risk", "count": 1, "roles": ["approver"], "meaning": "validated", "allow_author": false, "allow_requester": false}], "from_stage": "", "description": ""}');


--
-- Data for Name: refusals; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.refusals VALUES (1, 16, 'default', 'call.denied', 'namespaces/default/models/released', 'namespaces/default/models/released/aliases/champion', 'eve', 'modelregistry.v1.CatalogService/SetAlias', 'PERMISSION_DENIED', 'eve has role reader, which does not include ''write''', '[]', 'c3d5f0ca-f910-4af1-8cfb-d12acc55bba0', 0, 1796033315791986);


--
-- Data for Name: registration_schemas; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.registration_schemas VALUES ('default', 1, '', false, '{"tags": [], "files": [], "labels": [], "slices": [], "metrics": [], "signature": false, "clean_commit": false, "pinned_inputs": [], "environment_lock": false}', 'ann', 1796033315918961, 22);


--
-- Data for Name: request_replays; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.request_replays VALUES ('ann', '1ad3ed99-6087-43d1-a921-e024b3048107', '7708ea11db3d3956a1d7f99a26e96487f3725829b8da0745ddfe5736d22bb26b', '\x0a3f6e616d657370616365732f64656661756c742f75706c6f6164732f30316132326265642d383030342d373531362d386630652d3763373661623332396137611205108080c00218012801420c08a296b5d80610e8e59681034a0c08a2b9bad80610e8e59681035203616e6e5a0c08a296b5d80610e8e5968103', 1796119714806116);
INSERT INTO public.request_replays VALUES ('ann', '8da11190-0610-4282-bc6a-8ae018bb1bdd', '447cb9cb4232034285520e3a5716b8bcb6a754cc4a10b458270b939b4d7eb665', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31122430316132326265642d383061312d376362302d383239302d363732613166366336393038180122477368613235363a38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580c0023002420c0a047465616d12047269736b4a090a0474696572120131520e0a03617563111f85eb51b81eed3f5a046e6f6e6560016a0963616e646964617465721372342e353963313230306132663362663065337a0c08a296b5d80610c0cdf3cc0382010c08a296b5d80610c0cdf3cc03920103616e6e98010482021f0a1067733a2f2f72656c65617365642f713312097368613235363a6161180192020c0a0665706f636873120232309a021b0a03616765120334302b188105220361756329cdccccccccccec3faa021035396331323030613266336266306533', 1796119714966594);
INSERT INTO public.request_replays VALUES ('ann', '50e78596-3c71-44fe-a60c-06f5b4ecb1bf', '1916b7e366735a0b0f70a7caa6168a4d95f7f5c0b184ef95bf752a2121b3a534', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f32122430316132326265642d383132612d376365362d383534392d313937393332646261643534180222477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c0023002520e0a0361756311666666666666ee3f5a046e6f6e656001721372352e353963313230306132663362663065337a0b08a396b5d8061098f9bf3082010b08a396b5d8061098f9bf30920103616e6e9801058a022d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31aa021035396331323030613266336266306533', 1796119715101720);
INSERT INTO public.request_replays VALUES ('ann', '8612c79b-4001-4727-8661-e2eadaf9d228', '6749dc9c1760232304611796d47a6af3c170ad385197aa230c5a3f32f8572ce0', '\x0a5e6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f322f6576616c756174696f6e732f30316132326265642d383136352d373837302d383538642d346437616363383162386332120c67733a2f2f686f6c646f7574320e0a0361756311b81e85eb51b8ee3f52477368613235363a333831656365376134656239363264333736333462353364373330653330366130376135393731323733393934363263386134376462346263613263373432645a03616e6e620b08a396b5d80610c0b6e64e6806721035396331323030613266336266306533', 1796119715165265);
INSERT INTO public.request_replays VALUES ('ann', '3466232d-5edc-43b0-bf5c-17465cc262d0', 'c778be0d29e734090da1525e762d9f4d467896caa78cf6675b4710179cc825a4', '\x0a5f6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f322f6174746573746174696f6e732f30316132326265642d383138642d376661642d623934352d6361376464353161303938301204736c73611a477368613235363a61626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162220263692a03616e6e320b08a396b5d80610b89ea5623807421035396331323030613266336266306533', 1796119715206141);
INSERT INTO public.request_replays VALUES ('ann', 'c399e448-a22c-4091-a75d-6e6fc64dc3f6', 'c410f9d690cb261b11ba0df4654b54d084a3c8b9188447162e34ee47fcca81cd', '\x0abf010a476e616d657370616365732f64656661756c742f6c696e656167652f7265636f7264732f30363538336532352d616438612d633466342d353237652d31626433316134646661383912600a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f3210041a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31320b08a396b5d80610a8d1ac7b3a03616e6e400810081a1035396331323030613266336266306533', 1796119715258689);
INSERT INTO public.request_replays VALUES ('ann', '7ad25cb2-d96f-4b6e-b447-ecf137ed9c68', '9905126876ed5fb7279392ca523bbdceb8629454a110fee096b9cc3db515e9d9', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31122430316132326265642d383061312d376362302d383239302d363732613166366336393038180122477368613235363a38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580c0023002420c0a047465616d12047269736b4a090a0474696572120131520e0a03617563111f85eb51b81eed3f5a0773746167696e6760016a0963616e646964617465721372392e353963313230306132663362663065337a0c08a296b5d80610c0cdf3cc0382010c08a396b5d80610f8f7a48901920103616e6e98010982021f0a1067733a2f2f72656c65617365642f713312097368613235363a6161180192020c0a0665706f636873120232309a021b0a03616765120334302b188105220361756329cdccccccccccec3faa021035396331323030613266336266306533', 1796119715287927);
INSERT INTO public.request_replays VALUES ('ann', 'c97ca454-c8ae-4e91-a6fa-552d3d316759', 'd30b201f98eb54c8354d06c05c73e4c851f8dfcf8b3a46c45643144626438b9f', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31122430316132326265642d383061312d376362302d383239302d363732613166366336393038180122477368613235363a38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580c0023002420c0a047465616d12047269736b4a090a0474696572120131520e0a03617563111f85eb51b81eed3f5a0a70726f64756374696f6e60016a0963616e64696461746572147231302e353963313230306132663362663065337a0c08a296b5d80610c0cdf3cc0382010c08a396b5d80610e8a4d1c001920103616e6e98010a82021f0a1067733a2f2f72656c65617365642f713312097368613235363a6161180192020c0a0665706f636873120232309a021b0a03616765120334302b188105220361756329cdccccccccccec3faa021035396331323030613266336266306533', 1796119715403998);
INSERT INTO public.request_replays VALUES ('ann', 'de6faaf5-52c6-424b-bee5-114ae52a6561', 'ee90d7e22328cb085bac17e1253720ecaf6f8cfce77cf9510895daab3c8ebf75', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f32122430316132326265642d383132612d376365362d383534392d313937393332646261643534180222477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c0023002520e0a0361756311666666666666ee3f5a0773746167696e67600172147231312e353963313230306132663362663065337a0b08a396b5d8061098f9bf3082010c08a396b5d80610f0e7d6d701920103616e6e98010b8a022d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31aa021035396331323030613266336266306533', 1796119715452318);
INSERT INTO public.request_replays VALUES ('ann', '72081b51-d4ac-4e64-8525-ad32664b5f45', 'c5aa375bec0ebadbe2fa861ded7a2eb9d844df2d64742f72670c4100f54dfde6', '\x0a2c6e616d657370616365732f64656661756c742f706f6c69636965732f72656c65617365642d7175616c6974791001220a70726f64756374696f6e2a0872656c656173656432170a0361756310011a0e0a0361756321cdccccccccccec3f3a1d0a047269736b120976616c69646174656418012208617070726f76657252477368613235363a3464313465613334373566386237366265613362666261356636366362303762343632316363366334333336306530343435343865386465633330386636383762147231322e353963313230306132663362663065336a03616e6e720c08a396b5d80610d0f1a4f101780c82011035396331323030613266336266306533', 1796119715506026);
INSERT INTO public.request_replays VALUES ('ann', 'c22c452e-5770-4cd1-b884-311e2c1cf1a8', '6db2a6ff4db1d36995880f4f3c0e66de8190ecefbbfdc04822c929c6d0b89c06', '\x0a436e616d657370616365732f64656661756c742f7472616e736974696f6e732f30316132326265642d383265332d373335652d623966372d6565333864653632363331391001180122d9010a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f32120773746167696e671a0a70726f64756374696f6e321272656c65617365642d7175616c69747940313a7f0a1272656c65617365642d7175616c697479403112036175631a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f3220012a1f61756320697320302e39362c2061732077616e7465643a20e289a520302e393a036175634207e289a520302e394a04302e39362a03616e6e32066265747465723a310a1272656c65617365642d7175616c697479403112047269736b1a0976616c69646174656420013208617070726f7665724a477368613235363a30313232383561373063376466356534343739366463306263313336333037343362343338663937336563626433663763326633666237633937326563633462520c08a396b5d80610c0fac885025a0c08a3b0d3d90610c0fac88502780d82011035396331323030613266336266306533', 1796119715548561);
INSERT INTO public.request_replays VALUES ('ben', '3e5679ce-80ee-4998-a844-ae6e74a50032', '0aca02d78446140fd6d2fc9ee2a5abee38efea97f6b9270002789088d9765693', '\x0a436e616d657370616365732f64656661756c742f7472616e736974696f6e732f30316132326265642d383265332d373335652d623966372d6565333864653632363331391001180322d9010a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f32120773746167696e671a0a70726f64756374696f6e321272656c65617365642d7175616c69747940313a7f0a1272656c65617365642d7175616c697479403112036175631a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f3220012a1f61756320697320302e39362c2061732077616e7465643a20e289a520302e393a036175634207e289a520302e394a04302e39362a03616e6e32066265747465723a330a1272656c65617365642d7175616c697479403112047269736b1a0976616c696461746564200128013208617070726f766572429a010a0362656e1208617070726f7665721801221572656c65617365642d7175616c6974792f7269736b2a0976616c696461746564320c6c6f6f6b65642061742069743a0c08a396b5d80610c089e7a30242477368613235363a3031323238356137306337646635653434373936646330626331333633303734336234333866393733656362643366376332663366623763393732656363346248014a477368613235363a30313232383561373063376466356534343739366463306263313336333037343362343338663937336563626433663763326633666237633937326563633462520c08a396b5d80610c0fac885025a0c08a3b0d3d90610c0fac885026a0c08a396b5d80610c089e7a302780e82011035396331323030613266336266306533', 1796119715611966);
INSERT INTO public.request_replays VALUES ('ann', '27bf9e23-14fc-4434-9894-7fcb2a52c3da', '05d48cef44fc15d8dd267f27c4a751e447686fc17f9cac98d10cbf141ad3de70', '\x0a436e616d657370616365732f64656661756c742f7472616e736974696f6e732f30316132326265642d383337382d376430372d626365662d6432306431663164643330641002180322740a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31120861726368697665641a0a70726f64756374696f6e2a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f322a03616e6e320a636f6d706c61696e7473520c08a396b5d80610c0d2bcc5025a0c08a396b5d80610c0d2bcc5026a0c08a396b5d80610c0d2bcc502780f82011035396331323030613266336266306533', 1796119715682578);
INSERT INTO public.request_replays VALUES ('ann', 'f514262e-e2a6-46cf-a226-682203e46d8f', '97caf227e99a84ed0bf9e88d570f6cdcdf67bde716593f8fa3f1f378420dc4a1', '\x0a226e616d657370616365732f64656661756c742f6d6f64656c732f72656c6561736564122430316132326265642d383039612d373265622d386265342d3836363236663532663666301a0764657465637473220c0a047465616d12047269736b2a047269736b32147231362e353963313230306132663362663065333a0c08a296b5d80610c0cdf3cc03420c08a396b5d8061080cfadfb025203616e6e581060026a1035396331323030613266336266306533', 1796119715795575);
INSERT INTO public.request_replays VALUES ('ann', 'bec93bdd-0e34-440a-8071-09d503b73258', '9a0858ed43fd5a220b7c7cd89c76f4a1af3c25ddea5f887783a65a59803a13a7', '\x0a2d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f32122430316132326265642d383132612d376365362d383534392d313937393332646261643534180222477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230024a0f0a0872657669657765641203796573520e0a0361756311666666666666ee3f5a086172636869766564600172147231372e353963313230306132663362663065337a0b08a396b5d8061098f9bf3082010c08a396b5d80610d88fe68303920103616e6e9801118a022d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f31aa021035396331323030613266336266306533', 1796119715813280);
INSERT INTO public.request_replays VALUES ('ann', '2a19eadf-05eb-43e5-ac56-2d6cce3985a0', '9d0497230f7bbdd6f0365bc777b3016bcada1380b0a9c860ab4b9023d02398db', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f616c69617365732f6368616d70696f6e122d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f321a147231382e35396331323030613266336266306533220c08a396b5d80610a080e98f032a03616e6e30123a1035396331323030613266336266306533', 1796119715838498);
INSERT INTO public.request_replays VALUES ('ann', '07bdb901-623f-4048-8b0c-f5d55a56d606', '0b7c7b811ac27a9551d781593467dcc5061888a94d1a8e1a6f83039eb23de30f', '\x0a2e6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f616c69617365732f6f6c64122d6e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642f76657273696f6e732f311a147231392e35396331323030613266336266306533220c08a396b5d80610f0f1d499032a03616e6e30133a1035396331323030613266336266306533', 1796119715859135);
INSERT INTO public.request_replays VALUES ('ann', '6a583eec-866c-42bf-9433-3ab6535dbed6', '6b77c4ef04196f3aa15b56c64471b1beed70bf5dd07730429627926c8c501468', '\x0814121035396331323030613266336266306533', 1796119715880853);
INSERT INTO public.request_replays VALUES ('ann', '816d3c07-55ca-4fcf-b519-20d7c919173e', 'abceaa33cfafb3003ec826902a885ecc5ddd152b3cc167032195eea7b2df7f87', '\x0a1d6e616d657370616365732f72656c65617365642d6e616d6573706163651a0c08a396b5d80610b8f4b6ae032203616e6e2815308080403a147232312e35396331323030613266336266306533421035396331323030613266336266306533', 1796119715902684);
INSERT INTO public.request_replays VALUES ('ann', '6a697297-c64b-420a-a145-cac8f274c84a', 'c246da2d82b96c172709c3c0cd5fb207740fce27746af0a75dede8f6ec55a9dc', '\x0a256e616d657370616365732f64656661756c742f726567697374726174696f6e536368656d6110012a0032147232322e353963313230306132663362663065333a03616e6e420c08a396b5d80610e8f698b6034816521035396331323030613266336266306533', 1796119715918971);
INSERT INTO public.request_replays VALUES ('ann', 'cbcb8a15-1062-409c-91e2-d715086e11e0', '53e381ec08c28cdffde3ad672ecda545a5647402ad7a52895e3cd080a01355ef', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f31122430316132326265642d383461332d373466342d626531332d373662346139643331626533180122477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600172147232332e353963313230306132663362663065337a0c08a396b5d80610a8aca7dc0382010c08a396b5d80610a8aca7dc03920103616e6e980117aa021035396331323030613266336266306533', 1796119715998904);
INSERT INTO public.request_replays VALUES ('ann', 'a61a2367-591b-425f-bed9-5b8e8da408c2', '738750837f9f6bdd2b279c3ec84f50e70f8ec9a514832939aee29deaa9b6693a', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f34122430316132326265642d383561302d376564642d616634362d316664623763356332623434180422477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600172147232362e353963313230306132663362663065337a0b08a496b5d80610f8aac77882010b08a496b5d80610f8aac778920103616e6e98011aaa021035396331323030613266336266306533', 1796119716252836);
INSERT INTO public.request_replays VALUES ('ann', 'd9f90e17-2bac-481f-84b9-092bbd793108', '3869c5454532029e4a24f428f86b02a54bd4296ac91caad9159906d4d0bf94dc', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f31122430316132326265642d383461332d373466342d626531332d373662346139643331626533180122477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600372147232372e353963313230306132663362663065337a0c08a396b5d80610a8aca7dc0382010c08a496b5d8061098bcec8901920103616e6e98011baa021035396331323030613266336266306533', 1796119716289096);
INSERT INTO public.request_replays VALUES ('ann', '8dbd9a86-2f3c-4a2c-9c93-1561bf2dc09e', '14c3ad98bd8b62c862df1977594b3a8e57ec4cbdeef2dda6a0542f1b1af023da', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f31122430316132326265642d383461332d373466342d626531332d373662346139643331626533180122477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600172147232382e353963313230306132663362663065337a0c08a396b5d80610a8aca7dc0382010c08a496b5d80610b088ad9501920103616e6e98011caa021035396331323030613266336266306533', 1796119716313222);
INSERT INTO public.request_replays VALUES ('ann', 'db0c480d-8247-4f61-915a-ebfcfda6b793', '335ef4075d3267fbc5da75cbe25d2456f43fa3e522f860cc5a163da60d5d2ffd', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f32122430316132326265642d383530332d373562322d623436382d393138373538306338376439180222477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600472147232392e353963313230306132663362663065337a0b08a496b5d80610c8aadd2d82010c08a496b5d80610c8a3aaa001920103616e6e98011daa021035396331323030613266336266306533', 1796119716336245);
INSERT INTO public.request_replays VALUES ('ann', '13d3a21e-dc03-49ee-a373-d86195b2b5c4', 'aedb4f77c452f8404c4881d29f2523d4141057eabf2707c0ec037f059ede4455', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f33122430316132326265642d383535332d376436392d383238372d356634376137323862383535180322477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600572147233302e353963313230306132663362663065337a0b08a496b5d80610f8cdd75382010c08a496b5d80610f0f286ab01920103616e6e98011eaa021035396331323030613266336266306533', 1796119716358735);
INSERT INTO public.request_replays VALUES ('ann', 'be2f1f68-cd4b-4972-8844-a1ccbbbbaf91', 'a4328facc801005a450a7620060410d5cf0e0184a97c11d560cf3c6978318e6d', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f34122430316132326265642d383561302d376564642d616634362d316664623763356332623434180422477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600272147233312e353963313230306132663362663065337a0b08a496b5d80610f8aac77882010c08a496b5d8061088fda6c8018a010c08a496b5d8061088fda6c801920103616e6e98011faa021035396331323030613266336266306533', 1796119716420079);
INSERT INTO public.request_replays VALUES ('ann', 'ef50aed3-75a0-4672-95a5-7bf768dbca7b', '6c189b80fcdf19ad2e9b28479cba407de95064af8c4230b24d25c5ffa0a62148', '\x0a286e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f74686572122430316132326265642d383461302d376239362d393161632d31306338396235356261616132147233332e353963313230306132663362663065333a0c08a396b5d80610a8aca7dc03420c08a496b5d80610a88c9986025203616e6e582160016a1035396331323030613266336266306533', 1796119716549874);
INSERT INTO public.request_replays VALUES ('ann', '3cf246db-37ae-45e9-9a1d-a5ccae6d5a3c', '76d62e99c746299b4078dbcfb54942a552c1fad621739d2e439d09a479728fe6', '\x0a1d6e616d657370616365732f64656661756c742f7374616765477261706812060a046e6f6e6512090a0773746167696e67120e0a0a70726f64756374696f6e1001120a0a0861726368697665641a0f0a046e6f6e65120773746167696e671a100a046e6f6e65120861726368697665641a150a0773746167696e67120a70726f64756374696f6e1a0f0a0773746167696e6712046e6f6e651a130a0773746167696e67120861726368697665641a160a0a70726f64756374696f6e120861726368697665641a120a0a70726f64756374696f6e12046e6f6e651a130a086172636869766564120773746167696e671a100a08617263686976656412046e6f6e652a1372302e353963313230306132663362663065334a1035396331323030613266336266306533', 1796119715954858);
INSERT INTO public.request_replays VALUES ('ann', 'b534da1f-a282-4e1c-a10e-b6df9659ba3a', 'fb8695bc82cdd69c9fe7707ac333e89399ad769f008b2ca678de39d6b7e6760e', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f32122430316132326265642d383530332d373562322d623436382d393138373538306338376439180222477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600172147232342e353963313230306132663362663065337a0b08a496b5d80610c8aadd2d82010b08a496b5d80610c8aadd2d920103616e6e980118aa021035396331323030613266336266306533', 1796119716095908);
INSERT INTO public.request_replays VALUES ('ann', 'eb370dc5-6a07-405a-8db5-8602013f2705', '61049e1c9e43eff2c43b9581c553c0809175d9b92b346a571e30fd5c996304d2', '\x0a336e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f746865722f76657273696f6e732f33122430316132326265642d383535332d376436392d383238372d356634376137323862383535180322477368613235363a34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580c00230025a046e6f6e65600172147232352e353963313230306132663362663065337a0b08a496b5d80610f8cdd75382010b08a496b5d80610f8cdd753920103616e6e980119aa021035396331323030613266336266306533', 1796119716175507);
INSERT INTO public.request_replays VALUES ('ann', 'a0e029fb-f01d-45e0-9a12-4398f599b7d6', '08b6edc469dec6fa64106c2d50072529481a982ca2b20174f56b7b3c58a42fde', '\x0a286e616d657370616365732f64656661756c742f6d6f64656c732f72656c65617365642d6f74686572122430316132326265642d383461302d376239362d393161632d31306338396235356261616132147233322e353963313230306132663362663065333a0c08a396b5d80610a8aca7dc03420c08a496b5d80610a8b19ff2014a0c08a496b5d80610a8b19ff2015203616e6e582060016a1035396331323030613266336266306533', 1796119716508034);


--
-- Data for Name: retention; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.retention VALUES (1, 0);


--
-- Data for Name: revision_counter; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.revision_counter VALUES (1, 36, 1796033316891449, 0, 0, 1, 0, '59c1200a2f3bf0e3', false);


--
-- Data for Name: stage_entries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 9, 1, 'staging', 'none', 1796033315287915, 'ann', '');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 10, 1, 'production', 'staging', 1796033315403985, 'ann', '');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 11, 2, 'staging', 'none', 1796033315452310, 'ann', '');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 14, 1, 'archived', 'production', 1796033315611960, 'ann', 'better');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 14, 2, 'production', 'staging', 1796033315611960, 'ann', 'better');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 15, 2, 'archived', 'production', 1796033315682568, 'ann', 'complaints');
INSERT INTO public.stage_entries VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', 15, 1, 'production', 'archived', 1796033315682568, 'ann', 'complaints');


--
-- Data for Name: stage_graphs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tokens VALUES ('c537305f2745', '\x6ba02e5e50b1e0f85d2aad127ead0b305f50fc7e6d176827596126afd3684a19', 'ann', 'admin', 1796033314523348, NULL, NULL, 1796033316874620);
INSERT INTO public.tokens VALUES ('b3a336ed79c9', '\x848cf2decdd3a66f0109e6ba174e9425e414af7441a0daad2b384dc1d5af28f9', 'ben', 'approver', 1796033314575074, NULL, NULL, 1796033316879010);
INSERT INTO public.tokens VALUES ('c0f08495df0b', '\x9ce8d0c8eff6292f10328defea7a21f5075fdd111caa5fb8796c7355b0244a7b', 'eve', 'reader', 1796033314581352, NULL, NULL, 1796033316887412);


--
-- Data for Name: transition_moves; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.transition_moves VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', '01a22bed-82e3-735e-b9f7-ee38de626319', 2);
INSERT INTO public.transition_moves VALUES ('01a22bed-809a-72eb-8be4-86626f52f6f0', '01a22bed-8378-7d07-bcef-d20d1f1dd30d', 1);


--
-- Data for Name: transitions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.transitions VALUES ('01a22bed-82e3-735e-b9f7-ee38de626319', 'default', 'applied', NULL, 14, '{"name": "namespaces/default/transitions/01a22bed-82e3-735e-b9f7-ee38de626319", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/2", "findings": [{"rule": "auc", "actual": "0.96", "metric": "auc", "policy": "released-quality@1", "message": "auc is 0.96, as wanted: ≥ 0.9", "outcome": "passed", "subject": "", "version": "namespaces/default/models/released/versions/2", "expected": "≥ 0.9"}], "policies": ["released-quality@1"], "previous": null, "to_stage": "production", "from_stage": "staging"}], "needs": [{"count": 1, "roles": ["approver"], "policy": "released-quality@1", "meaning": "validated", "requirement": "risk", "allow_author": false, "allow_requester": false}], "state": "applied", "reason": "better", "authors": ["ann"], "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "category": "promotion", "end_time": "2026-11-30T10:08:35.611960+00:00", "revision": 14, "approvals": [{"role": "approver", "time": "2026-11-30T10:08:35.611960+00:00", "actor": "ben", "binding": "sha256:012285a70c7df5e44796dc0bc13630743b438f973ecbd3f7c2f3fb7c972ecc4b", "comment": "looked at it", "meaning": "validated", "approved": true, "requirement": "released-quality/risk"}], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.548552+00:00", "expire_time": "2026-12-30T10:08:35.548552+00:00"}');
INSERT INTO public.transitions VALUES ('01a22bed-8378-7d07-bcef-d20d1f1dd30d', 'default', 'applied', NULL, 15, '{"name": "namespaces/default/transitions/01a22bed-8378-7d07-bcef-d20d1f1dd30d", "wait": 0, "cause": "", "moves": [{"alias": null, "version": "namespaces/default/models/released/versions/1", "findings": [], "policies": [], "previous": "namespaces/default/models/released/versions/2", "to_stage": "production", "from_stage": "archived"}], "needs": [], "state": "applied", "reason": "complaints", "authors": [], "binding": "", "category": "rollback", "end_time": "2026-11-30T10:08:35.682568+00:00", "revision": 15, "approvals": [], "requester": "ann", "apply_time": null, "create_time": "2026-11-30T10:08:35.682568+00:00", "expire_time": "2026-11-30T10:08:35.682568+00:00"}');


--
-- Data for Name: uploads; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.uploads VALUES ('01a22bed-8004-7516-8f0e-7c76ab329a7a', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'committed', 'ann', 1796033314807777, 1796119714903381, 5242880, 1, 3, false, '\x', '\x');


--
-- Data for Name: version_files; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.version_files VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', 'small.json', 'default', '3d0d604e11e0257cb685f886da367d6b268d56889f983c3cdc9458df40c53a9c', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');
INSERT INTO public.version_files VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', 'small.json', 'default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');
INSERT INTO public.version_files VALUES ('01a22bed-84a3-74f4-be13-76b4a9d31be3', 'small.json', 'default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-84a3-74f4-be13-76b4a9d31be3', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');
INSERT INTO public.version_files VALUES ('01a22bed-8503-75b2-b468-9187580c87d9', 'small.json', 'default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-8503-75b2-b468-9187580c87d9', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');
INSERT INTO public.version_files VALUES ('01a22bed-8553-7d69-8287-5f47a728b855', 'small.json', 'default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-8553-7d69-8287-5f47a728b855', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');
INSERT INTO public.version_files VALUES ('01a22bed-85a0-7edd-af46-1fdb7c5c2b44', 'small.json', 'default', '3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779', 21, 'application/json');
INSERT INTO public.version_files VALUES ('01a22bed-85a0-7edd-af46-1fdb7c5c2b44', 'weights.bin', 'default', '0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d', 5242880, 'application/octet-stream');


--
-- Data for Name: version_heads; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.version_heads VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', '01a22bed-809a-72eb-8be4-86626f52f6f0', 1, '{"tier": "1"}', 'production', 15, 'active', 1796033315682568, NULL, 15);
INSERT INTO public.version_heads VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', '01a22bed-809a-72eb-8be4-86626f52f6f0', 2, '{"reviewed": "yes"}', 'archived', 15, 'active', 1796033315813271, NULL, 17);
INSERT INTO public.version_heads VALUES ('01a22bed-84a3-74f4-be13-76b4a9d31be3', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 1, '{}', 'none', 23, 'active', 1796033316313214, NULL, 28);
INSERT INTO public.version_heads VALUES ('01a22bed-8503-75b2-b468-9187580c87d9', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 2, '{}', 'none', 24, 'yanked', 1796033316336237, NULL, 29);
INSERT INTO public.version_heads VALUES ('01a22bed-8553-7d69-8287-5f47a728b855', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 3, '{}', 'none', 25, 'revoked', 1796033316358726, NULL, 30);
INSERT INTO public.version_heads VALUES ('01a22bed-85a0-7edd-af46-1fdb7c5c2b44', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 4, '{}', 'none', 26, 'deleted', 1796033316420069, 1796033316420069, 31);


--
-- Data for Name: version_states; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.version_states VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 27, 1, 'deprecated', 1796033316289087);
INSERT INTO public.version_states VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 28, 1, 'active', 1796033316313214);
INSERT INTO public.version_states VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 29, 2, 'yanked', 1796033316336237);
INSERT INTO public.version_states VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 30, 3, 'revoked', 1796033316358726);
INSERT INTO public.version_states VALUES ('01a22bed-84a0-7b96-91ac-10c89b55baaa', 31, 4, 'deleted', 1796033316420069);


--
-- Data for Name: versions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.versions VALUES ('01a22bed-80a1-7cb0-8290-672a1f6c6908', '01a22bed-809a-72eb-8be4-86626f52f6f0', 1, '8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a', 5242901, 2, 'ann', 1796033314966584, '', '{"team": "risk"}', '{"auc": 0.91}', '{"epochs": "20"}', '{"inputs": [{"uri": "gs://released/q3", "role": "training", "digest": "sha256:aa"}], "params": {}, "slices": [{"count": 641, "value": "40+", "metric": "auc", "result": 0.9, "interval": null, "dimension": "age"}], "source": null, "parents": [], "signature": null, "environment": null}', 149);
INSERT INTO public.versions VALUES ('01a22bed-812a-7ce6-8549-197932dbad54', '01a22bed-809a-72eb-8be4-86626f52f6f0', 2, '4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1', 5242901, 2, 'ann', 1796033315101711, '', '{}', '{"auc": 0.95}', '{}', '{"inputs": [], "params": {}, "slices": [], "source": null, "parents": ["namespaces/default/models/released/versions/1"], "signature": null, "environment": null}', 63);
INSERT INTO public.versions VALUES ('01a22bed-84a3-74f4-be13-76b4a9d31be3', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 1, '4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1', 5242901, 2, 'ann', 1796033315998889, '', '{}', '{}', '{}', '{"inputs": [], "params": {}, "slices": [], "source": null, "parents": [], "signature": null, "environment": null}', 6);
INSERT INTO public.versions VALUES ('01a22bed-8503-75b2-b468-9187580c87d9', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 2, '4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1', 5242901, 2, 'ann', 1796033316095901, '', '{}', '{}', '{}', '{"inputs": [], "params": {}, "slices": [], "source": null, "parents": [], "signature": null, "environment": null}', 6);
INSERT INTO public.versions VALUES ('01a22bed-8553-7d69-8287-5f47a728b855', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 3, '4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1', 5242901, 2, 'ann', 1796033316175499, '', '{}', '{}', '{}', '{"inputs": [], "params": {}, "slices": [], "source": null, "parents": [], "signature": null, "environment": null}', 6);
INSERT INTO public.versions VALUES ('01a22bed-85a0-7edd-af46-1fdb7c5c2b44', '01a22bed-84a0-7b96-91ac-10c89b55baaa', 4, '4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1', 5242901, 2, 'ann', 1796033316252827, '', '{}', '{}', '{}', '{"inputs": [], "params": {}, "slices": [], "source": null, "parents": [], "signature": null, "environment": null}', 6);


--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: alias_entries pk_alias_entries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alias_entries
    ADD CONSTRAINT pk_alias_entries PRIMARY KEY (model_uid, alias, revision);


--
-- Name: aliases pk_aliases; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT pk_aliases PRIMARY KEY (model_uid, alias);


--
-- Name: attestations pk_attestations; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attestations
    ADD CONSTRAINT pk_attestations PRIMARY KEY (uid);


--
-- Name: blob_marks pk_blob_marks; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blob_marks
    ADD CONSTRAINT pk_blob_marks PRIMARY KEY (namespace);


--
-- Name: blobs pk_blobs; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blobs
    ADD CONSTRAINT pk_blobs PRIMARY KEY (namespace, digest);


--
-- Name: changes pk_changes; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.changes
    ADD CONSTRAINT pk_changes PRIMARY KEY (revision, ordinal);


--
-- Name: dataset_uses pk_dataset_uses; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.dataset_uses
    ADD CONSTRAINT pk_dataset_uses PRIMARY KEY (version_uid, dataset_uid, role);


--
-- Name: evaluations pk_evaluations; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.evaluations
    ADD CONSTRAINT pk_evaluations PRIMARY KEY (uid);


--
-- Name: lineage_edges pk_lineage_edges; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lineage_edges
    ADD CONSTRAINT pk_lineage_edges PRIMARY KEY (later_uid, role, earlier_uid);


--
-- Name: lineage_nodes pk_lineage_nodes; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lineage_nodes
    ADD CONSTRAINT pk_lineage_nodes PRIMARY KEY (uid);


--
-- Name: lineage_records pk_lineage_records; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lineage_records
    ADD CONSTRAINT pk_lineage_records PRIMARY KEY (uid);


--
-- Name: model_lifecycle pk_model_lifecycle; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_lifecycle
    ADD CONSTRAINT pk_model_lifecycle PRIMARY KEY (model_uid, revision);


--
-- Name: models pk_models; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT pk_models PRIMARY KEY (uid);


--
-- Name: moved_models pk_moved_models; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.moved_models
    ADD CONSTRAINT pk_moved_models PRIMARY KEY (revision, ordinal, model);


--
-- Name: namespaces pk_namespaces; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.namespaces
    ADD CONSTRAINT pk_namespaces PRIMARY KEY (namespace);


--
-- Name: policies pk_policies; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT pk_policies PRIMARY KEY (namespace, policy_id);


--
-- Name: policy_revisions pk_policy_revisions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.policy_revisions
    ADD CONSTRAINT pk_policy_revisions PRIMARY KEY (namespace, policy_id, number);


--
-- Name: refusals pk_refusals; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.refusals
    ADD CONSTRAINT pk_refusals PRIMARY KEY (number);


--
-- Name: registration_schemas pk_registration_schemas; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.registration_schemas
    ADD CONSTRAINT pk_registration_schemas PRIMARY KEY (namespace, number);


--
-- Name: request_replays pk_request_replays; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.request_replays
    ADD CONSTRAINT pk_request_replays PRIMARY KEY (principal, request_id);


--
-- Name: retention pk_retention; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (id);


--
-- Name: revision_counter pk_revision_counter; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.revision_counter
    ADD CONSTRAINT pk_revision_counter PRIMARY KEY (id);


--
-- Name: stage_entries pk_stage_entries; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.stage_entries
    ADD CONSTRAINT pk_stage_entries PRIMARY KEY (model_uid, revision, number);


--
-- Name: stage_graphs pk_stage_graphs; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.stage_graphs
    ADD CONSTRAINT pk_stage_graphs PRIMARY KEY (namespace, revision);


--
-- Name: tokens pk_tokens; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT pk_tokens PRIMARY KEY (id);


--
-- Name: transition_moves pk_transition_moves; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transition_moves
    ADD CONSTRAINT pk_transition_moves PRIMARY KEY (model_uid, transition_uid, number);


--
-- Name: transitions pk_transitions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transitions
    ADD CONSTRAINT pk_transitions PRIMARY KEY (uid);


--
-- Name: uploads pk_uploads; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT pk_uploads PRIMARY KEY (uid);


--
-- Name: version_files pk_version_files; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_files
    ADD CONSTRAINT pk_version_files PRIMARY KEY (version_uid, path);


--
-- Name: version_heads pk_version_heads; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_heads
    ADD CONSTRAINT pk_version_heads PRIMARY KEY (uid);


--
-- Name: version_states pk_version_states; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_states
    ADD CONSTRAINT pk_version_states PRIMARY KEY (model_uid, revision, number);


--
-- Name: versions pk_versions; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT pk_versions PRIMARY KEY (uid);


--
-- Name: models uq_models_namespace_model_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT uq_models_namespace_model_id UNIQUE (namespace, model_id);


--
-- Name: tokens uq_tokens_secret_hash; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash);


--
-- Name: version_heads uq_version_heads_model_uid_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_heads
    ADD CONSTRAINT uq_version_heads_model_uid_number UNIQUE (model_uid, number);


--
-- Name: versions uq_versions_model_uid_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT uq_versions_model_uid_number UNIQUE (model_uid, number);


--
-- Name: ix_alias_entries_model_uid_alias_time_revision; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_alias_entries_model_uid_alias_time_revision ON public.alias_entries USING btree (model_uid, alias, "time", revision);


--
-- Name: ix_alias_entries_model_uid_number_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_alias_entries_model_uid_number_time ON public.alias_entries USING btree (model_uid, number, "time");


--
-- Name: ix_aliases_model_uid_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_aliases_model_uid_number ON public.aliases USING btree (model_uid, number);


--
-- Name: ix_attestations_version_uid_revision; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_attestations_version_uid_revision ON public.attestations USING btree (version_uid, revision);


--
-- Name: ix_blobs_condemned; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_blobs_condemned ON public.blobs USING btree (deleting, condemned_time) WHERE (condemned_time IS NOT NULL);


--
-- Name: ix_blobs_in_doubt; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_blobs_in_doubt ON public.blobs USING btree (lease_until) WHERE in_doubt;


--
-- Name: ix_blobs_namespace_size; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_blobs_namespace_size ON public.blobs USING btree (namespace, size);


--
-- Name: ix_changes_action_revision_ordinal; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_action_revision_ordinal ON public.changes USING btree (action, revision, ordinal);


--
-- Name: ix_changes_actor_action_revision_ordinal; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_actor_action_revision_ordinal ON public.changes USING btree (actor, action, revision, ordinal);


--
-- Name: ix_changes_model_revision_ordinal; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_model_revision_ordinal ON public.changes USING btree (model, revision, ordinal);


--
-- Name: ix_changes_name_time_ordinal; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_name_time_ordinal ON public.changes USING btree (name, "time", ordinal);


--
-- Name: ix_changes_namespace_revision_ordinal_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_namespace_revision_ordinal_name ON public.changes USING btree (namespace, revision, ordinal, name);


--
-- Name: ix_changes_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_changes_time ON public.changes USING btree ("time");


--
-- Name: ix_dataset_uses_digest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_dataset_uses_digest ON public.dataset_uses USING btree (namespace, digest, version_uid, dataset_uid, role);


--
-- Name: ix_dataset_uses_uri; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_dataset_uses_uri ON public.dataset_uses USING btree (namespace, uri_sha256, version_uid, dataset_uid, role);


--
-- Name: ix_evaluations_version_uid_revision; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_evaluations_version_uid_revision ON public.evaluations USING btree (version_uid, revision);


--
-- Name: ix_lineage_edges_earlier_uid_role_later_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_lineage_edges_earlier_uid_role_later_uid ON public.lineage_edges USING btree (earlier_uid, role, later_uid);


--
-- Name: ix_lineage_records_run_uid_event_time_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_lineage_records_run_uid_event_time_uid ON public.lineage_records USING btree (run_uid, event_time, uid);


--
-- Name: ix_lineage_records_run_uid_event_type_event_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_lineage_records_run_uid_event_type_event_time ON public.lineage_records USING btree (run_uid, event_type, event_time);


--
-- Name: ix_model_lifecycle_model_uid_time_revision; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_model_lifecycle_model_uid_time_revision ON public.model_lifecycle USING btree (model_uid, "time", revision);


--
-- Name: ix_models_live; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_models_live ON public.models USING btree (namespace, model_id) WHERE (delete_time IS NULL);


--
-- Name: ix_moved_models_model_revision_ordinal; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_moved_models_model_revision_ordinal ON public.moved_models USING btree (model, revision, ordinal);


--
-- Name: ix_policies_namespace_to_stage_policy_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_policies_namespace_to_stage_policy_id ON public.policies USING btree (namespace, to_stage, policy_id);


--
-- Name: ix_refusals_action_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_action_number ON public.refusals USING btree (action, number);


--
-- Name: ix_refusals_actor_action_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_actor_action_number ON public.refusals USING btree (actor, action, number);


--
-- Name: ix_refusals_model_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_model_number ON public.refusals USING btree (model, number);


--
-- Name: ix_refusals_namespace_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_namespace_number ON public.refusals USING btree (namespace, number);


--
-- Name: ix_refusals_revision_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_revision_number ON public.refusals USING btree (revision, number);


--
-- Name: ix_refusals_time_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_refusals_time_number ON public.refusals USING btree ("time", number);


--
-- Name: ix_request_replays_expire_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_request_replays_expire_time ON public.request_replays USING btree (expire_time);


--
-- Name: ix_stage_entries_model_uid_number_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_stage_entries_model_uid_number_time ON public.stage_entries USING btree (model_uid, number, "time");


--
-- Name: ix_stage_entries_model_uid_stage_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_stage_entries_model_uid_stage_time ON public.stage_entries USING btree (model_uid, stage, "time");


--
-- Name: ix_stage_graphs_namespace_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_stage_graphs_namespace_time ON public.stage_graphs USING btree (namespace, "time");


--
-- Name: ix_transitions_due_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_transitions_due_uid ON public.transitions USING btree (due, uid);


--
-- Name: ix_transitions_namespace_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_transitions_namespace_uid ON public.transitions USING btree (namespace, uid);


--
-- Name: ix_uploads_namespace_state_size; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_uploads_namespace_state_size ON public.uploads USING btree (namespace, state, size);


--
-- Name: ix_uploads_namespace_uid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_uploads_namespace_uid ON public.uploads USING btree (namespace, uid);


--
-- Name: ix_uploads_state_expire_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_uploads_state_expire_time ON public.uploads USING btree (state, expire_time);


--
-- Name: ix_version_files_namespace_sha256; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_files_namespace_sha256 ON public.version_files USING btree (namespace, sha256);


--
-- Name: ix_version_heads_followed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_heads_followed ON public.version_heads USING btree (model_uid, number) WHERE (state = ANY (ARRAY['active'::text, 'deprecated'::text]));


--
-- Name: ix_version_heads_live; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_heads_live ON public.version_heads USING btree (model_uid, number) WHERE (delete_time IS NULL);


--
-- Name: ix_version_heads_model_uid_stage_stage_revision_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_heads_model_uid_stage_stage_revision_number ON public.version_heads USING btree (model_uid, stage, stage_revision, number);


--
-- Name: ix_version_states_model_uid_number_time_revision; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_states_model_uid_number_time_revision ON public.version_states USING btree (model_uid, number, "time", revision);


--
-- Name: ix_versions_model_uid_create_time_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_versions_model_uid_create_time_number ON public.versions USING btree (model_uid, create_time, number);


--
-- Name: ix_versions_model_uid_root_digest_create_time_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_versions_model_uid_root_digest_create_time_number ON public.versions USING btree (model_uid, root_digest, create_time, number);


--
-- Name: alias_entries alias_entries_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER alias_entries_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.alias_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: attestations attestations_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER attestations_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.attestations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: changes changes_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER changes_keep BEFORE UPDATE ON public.changes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: changes changes_keep_all; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER changes_keep_all BEFORE TRUNCATE ON public.changes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: changes changes_keep_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER changes_keep_kept AFTER DELETE ON public.changes REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_remove_kept_changes();


--
-- Name: changes changes_next; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER changes_next BEFORE INSERT ON public.changes FOR EACH ROW EXECUTE FUNCTION public.check_changes_next();


--
-- Name: dataset_uses dataset_uses_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER dataset_uses_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.dataset_uses FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: evaluations evaluations_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER evaluations_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.evaluations FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: lineage_edges lineage_edges_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER lineage_edges_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.lineage_edges FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: lineage_nodes lineage_nodes_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER lineage_nodes_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.lineage_nodes FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: lineage_records lineage_records_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER lineage_records_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.lineage_records FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: model_lifecycle model_lifecycle_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER model_lifecycle_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.model_lifecycle FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: moved_models moved_models_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER moved_models_keep BEFORE UPDATE ON public.moved_models FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: moved_models moved_models_keep_all; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER moved_models_keep_all BEFORE TRUNCATE ON public.moved_models FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: moved_models moved_models_keep_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER moved_models_keep_kept AFTER DELETE ON public.moved_models REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_remove_kept_moved_models();


--
-- Name: moved_models moved_models_next; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER moved_models_next BEFORE INSERT ON public.moved_models FOR EACH ROW EXECUTE FUNCTION public.check_moved_models_next();


--
-- Name: policy_revisions policy_revisions_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER policy_revisions_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.policy_revisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: refusals refusals_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER refusals_keep BEFORE UPDATE ON public.refusals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: refusals refusals_keep_all; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER refusals_keep_all BEFORE TRUNCATE ON public.refusals FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: refusals refusals_keep_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER refusals_keep_kept AFTER DELETE ON public.refusals REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_remove_kept_refusals();


--
-- Name: refusals refusals_next; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER refusals_next BEFORE INSERT ON public.refusals FOR EACH ROW EXECUTE FUNCTION public.check_refusals_next();


--
-- Name: registration_schemas registration_schemas_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER registration_schemas_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.registration_schemas FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: retention retention_all; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER retention_all BEFORE TRUNCATE ON public.retention FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: retention retention_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER retention_delete BEFORE DELETE ON public.retention FOR EACH ROW EXECUTE FUNCTION public.check_retention_delete();


--
-- Name: retention retention_insert; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER retention_insert BEFORE INSERT ON public.retention FOR EACH ROW EXECUTE FUNCTION public.check_retention_insert();


--
-- Name: revision_counter revision_counter_age; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_age BEFORE UPDATE OF trimmed, refused_trimmed ON public.revision_counter FOR EACH ROW EXECUTE FUNCTION public.check_revision_counter_age();


--
-- Name: revision_counter revision_counter_all; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_all BEFORE TRUNCATE ON public.revision_counter FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: revision_counter revision_counter_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_keep BEFORE UPDATE OF trimmed, refused, refused_trimmed ON public.revision_counter FOR EACH ROW WHEN (((new.trimmed < old.trimmed) OR (new.trimmed > new.compacted) OR (new.refused < old.refused) OR (new.refused_trimmed < old.refused_trimmed) OR (new.refused_trimmed > new.refused))) EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: revision_counter revision_counter_next; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_next BEFORE UPDATE OF revision, last_time ON public.revision_counter FOR EACH ROW EXECUTE FUNCTION public.check_revision_counter_next();


--
-- Name: revision_counter revision_counter_one; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_one BEFORE INSERT ON public.revision_counter FOR EACH ROW EXECUTE FUNCTION public.check_revision_counter_one();


--
-- Name: revision_counter revision_counter_row; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER revision_counter_row BEFORE DELETE ON public.revision_counter FOR EACH ROW EXECUTE FUNCTION public.check_revision_counter_row();


--
-- Name: stage_entries stage_entries_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER stage_entries_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.stage_entries FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: stage_graphs stage_graphs_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER stage_graphs_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.stage_graphs FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: version_files version_files_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER version_files_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.version_files FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: version_states version_states_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER version_states_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.version_states FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: versions versions_keep; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER versions_keep BEFORE DELETE OR UPDATE OR TRUNCATE ON public.versions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_to_change_rows();


--
-- Name: alias_entries fk_alias_entries_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alias_entries
    ADD CONSTRAINT fk_alias_entries_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: aliases fk_aliases_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.aliases
    ADD CONSTRAINT fk_aliases_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: attestations fk_attestations_version_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attestations
    ADD CONSTRAINT fk_attestations_version_uid FOREIGN KEY (version_uid) REFERENCES public.versions(uid);


--
-- Name: blob_marks fk_blob_marks_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blob_marks
    ADD CONSTRAINT fk_blob_marks_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: blobs fk_blobs_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blobs
    ADD CONSTRAINT fk_blobs_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: dataset_uses fk_dataset_uses_version_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.dataset_uses
    ADD CONSTRAINT fk_dataset_uses_version_uid FOREIGN KEY (version_uid) REFERENCES public.versions(uid);


--
-- Name: evaluations fk_evaluations_version_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.evaluations
    ADD CONSTRAINT fk_evaluations_version_uid FOREIGN KEY (version_uid) REFERENCES public.versions(uid);


--
-- Name: lineage_nodes fk_lineage_nodes_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lineage_nodes
    ADD CONSTRAINT fk_lineage_nodes_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: lineage_records fk_lineage_records_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.lineage_records
    ADD CONSTRAINT fk_lineage_records_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: model_lifecycle fk_model_lifecycle_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.model_lifecycle
    ADD CONSTRAINT fk_model_lifecycle_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: models fk_models_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.models
    ADD CONSTRAINT fk_models_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: policies fk_policies_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.policies
    ADD CONSTRAINT fk_policies_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: policy_revisions fk_policy_revisions_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.policy_revisions
    ADD CONSTRAINT fk_policy_revisions_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: registration_schemas fk_registration_schemas_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.registration_schemas
    ADD CONSTRAINT fk_registration_schemas_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: stage_entries fk_stage_entries_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.stage_entries
    ADD CONSTRAINT fk_stage_entries_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: stage_graphs fk_stage_graphs_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.stage_graphs
    ADD CONSTRAINT fk_stage_graphs_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: transition_moves fk_transition_moves_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transition_moves
    ADD CONSTRAINT fk_transition_moves_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: transition_moves fk_transition_moves_transition_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transition_moves
    ADD CONSTRAINT fk_transition_moves_transition_uid FOREIGN KEY (transition_uid) REFERENCES public.transitions(uid);


--
-- Name: transitions fk_transitions_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transitions
    ADD CONSTRAINT fk_transitions_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: uploads fk_uploads_namespace; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.uploads
    ADD CONSTRAINT fk_uploads_namespace FOREIGN KEY (namespace) REFERENCES public.namespaces(namespace);


--
-- Name: version_files fk_version_files_version_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_files
    ADD CONSTRAINT fk_version_files_version_uid FOREIGN KEY (version_uid) REFERENCES public.versions(uid);


--
-- Name: version_heads fk_version_heads_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_heads
    ADD CONSTRAINT fk_version_heads_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: version_heads fk_version_heads_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_heads
    ADD CONSTRAINT fk_version_heads_uid FOREIGN KEY (uid) REFERENCES public.versions(uid);


--
-- Name: version_states fk_version_states_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_states
    ADD CONSTRAINT fk_version_states_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- Name: versions fk_versions_model_uid; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT fk_versions_model_uid FOREIGN KEY (model_uid) REFERENCES public.models(uid);


--
-- PostgreSQL database dump complete
--

\unrestrict z6KXu25j8Wj3YW1HZt0dd4dCEuYrfDlGyozH1pMybOXtMdkElKfwWa9wgb1HW7c

