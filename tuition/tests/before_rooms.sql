-- Made by pg_dump from Tuition as it was before tokens had an app of their own
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
                DECLARE
                    _pgtrigger_ignore TEXT[];
                    _result BOOLEAN;
                BEGIN
                    BEGIN
                        SELECT INTO _pgtrigger_ignore
                            CURRENT_SETTING('pgtrigger.ignore');
                        EXCEPTION WHEN OTHERS THEN
                    END;
                    IF _pgtrigger_ignore IS NOT NULL THEN
                        SELECT trigger_name = ANY(_pgtrigger_ignore)
                        INTO _result;
                        RETURN _result;
                    ELSE
                        RETURN FALSE;
                    END IF;
                END;
            $$;
CREATE FUNCTION public.pgtrigger_totals_delete_891c9() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
                DECLARE change record;
                BEGIN
                    IF ("public"._pgtrigger_should_ignore(TG_NAME) IS TRUE) THEN
                        IF (TG_OP = 'DELETE') THEN
                            RETURN OLD;
                        ELSE
                            RETURN NEW;
                        END IF;
                    END IF;
    FOR change IN
        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees
        FROM (SELECT city, city_key, -1 AS students, -fees AS fees FROM removed) AS changes
        GROUP BY city, city_key
        HAVING sum(students) <> 0 OR sum(fees) <> 0
    LOOP
        UPDATE students_citytotal AS total
        SET students = total.students + change.students, fees = total.fees + change.fees
        WHERE total.id = (
            SELECT id FROM students_citytotal
            WHERE city_key = change.city_key AND city = change.city
            LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO students_citytotal (city, city_key, students, fees)
            VALUES (change.city, change.city_key, change.students, change.fees);
        END IF;
    END LOOP;
    RETURN NULL;
                END;
            $$;
CREATE FUNCTION public.pgtrigger_totals_insert_4c794() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
                DECLARE change record;
                BEGIN
                    IF ("public"._pgtrigger_should_ignore(TG_NAME) IS TRUE) THEN
                        IF (TG_OP = 'DELETE') THEN
                            RETURN OLD;
                        ELSE
                            RETURN NEW;
                        END IF;
                    END IF;
    FOR change IN
        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees
        FROM (SELECT city, city_key, 1 AS students, fees FROM added) AS changes
        GROUP BY city, city_key
        HAVING sum(students) <> 0 OR sum(fees) <> 0
    LOOP
        UPDATE students_citytotal AS total
        SET students = total.students + change.students, fees = total.fees + change.fees
        WHERE total.id = (
            SELECT id FROM students_citytotal
            WHERE city_key = change.city_key AND city = change.city
            LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO students_citytotal (city, city_key, students, fees)
            VALUES (change.city, change.city_key, change.students, change.fees);
        END IF;
    END LOOP;
    RETURN NULL;
                END;
            $$;
CREATE FUNCTION public.pgtrigger_totals_truncate_f37b7() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
                BEGIN
                    IF ("public"._pgtrigger_should_ignore(TG_NAME) IS TRUE) THEN
                        IF (TG_OP = 'DELETE') THEN
                            RETURN OLD;
                        ELSE
                            RETURN NEW;
                        END IF;
                    END IF;
                    DELETE FROM students_citytotal; RETURN NULL;
                END;
            $$;
CREATE FUNCTION public.pgtrigger_totals_update_aa891() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
                DECLARE change record;
                BEGIN
                    IF ("public"._pgtrigger_should_ignore(TG_NAME) IS TRUE) THEN
                        IF (TG_OP = 'DELETE') THEN
                            RETURN OLD;
                        ELSE
                            RETURN NEW;
                        END IF;
                    END IF;
    FOR change IN
        SELECT city, city_key, sum(students) AS students, sum(fees) AS fees
        FROM (SELECT city, city_key, 1 AS students, fees FROM added UNION ALL SELECT city, city_key, -1 AS students, -fees AS fees FROM removed) AS changes
        GROUP BY city, city_key
        HAVING sum(students) <> 0 OR sum(fees) <> 0
    LOOP
        UPDATE students_citytotal AS total
        SET students = total.students + change.students, fees = total.fees + change.fees
        WHERE total.id = (
            SELECT id FROM students_citytotal
            WHERE city_key = change.city_key AND city = change.city
            LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO students_citytotal (city, city_key, students, fees)
            VALUES (change.city, change.city_key, change.students, change.fees);
        END IF;
    END LOOP;
    RETURN NULL;
                END;
            $$;
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_group_id_seq);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_group_permissions_id_seq);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_permission_id_seq);
CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
CREATE TABLE public.auth_user_groups (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.auth_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_user_groups_id_seq);
ALTER TABLE public.auth_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_user_id_seq);
CREATE TABLE public.auth_user_user_permissions (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.auth_user_user_permissions_id_seq);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id integer NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.django_admin_log_id_seq);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.django_content_type_id_seq);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.django_migrations_id_seq);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.students_apitoken (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    can_edit boolean NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    key_hash character varying(64) NOT NULL,
    prefix character varying(14) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_by_id integer
);
ALTER TABLE public.students_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.students_apitoken_id_seq);
CREATE TABLE public.students_citytotal (
    id bigint NOT NULL,
    city character varying(50) NOT NULL,
    city_key text NOT NULL,
    students bigint NOT NULL,
    fees numeric(20,2) NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');
ALTER TABLE public.students_citytotal ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.students_citytotal_id_seq);
CREATE TABLE public.students_keptanswer (
    id bigint NOT NULL,
    caller character varying(40) NOT NULL,
    key character varying(200) NOT NULL,
    body_hash character varying(64) NOT NULL,
    answer text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
ALTER TABLE public.students_keptanswer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.students_keptanswer_id_seq);
CREATE TABLE public.students_student (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    city character varying(50) NOT NULL,
    fees numeric(8,2) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    name_key text GENERATED ALWAYS AS (lower(translate((name)::text, 'يىئكڪهۀةۃەۂآأإٱؤۓİΣςًٌٍَُِّْٰٕٓٔـ‌'::text, 'یییککہہہہہہااااوےiσσ'::text))) STORED,
    city_key text GENERATED ALWAYS AS (lower(translate((city)::text, 'يىئكڪهۀةۃەۂآأإٱؤۓİΣςًٌٍَُِّْٰٕٓٔـ‌ '::text, 'یییککہہہہہہااااوےiσσ'::text))) STORED,
    CONSTRAINT student_city_not_blank CHECK (((city)::text ~ '[^[:space:]]'::text)),
    CONSTRAINT student_fees_in_range CHECK (((fees >= (0)::numeric) AND (fees <= 999999.99))),
    CONSTRAINT student_name_not_blank CHECK (((name)::text ~ '[^[:space:]]'::text))
);
ALTER TABLE public.students_student ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.students_student_id_seq);
INSERT INTO public.auth_group VALUES
	(1, 'Viewers'),
	(2, 'Editors'),
	(3, 'Token makers');
INSERT INTO public.auth_group_permissions VALUES
	(1, 1, 4),
	(2, 2, 1),
	(3, 2, 2),
	(4, 2, 4),
	(5, 3, 32),
	(6, 3, 29);
INSERT INTO public.auth_permission VALUES
	(1, 'Can add student', 1, 'add_student'),
	(2, 'Can change student', 1, 'change_student'),
	(3, 'Can delete student', 1, 'delete_student'),
	(4, 'Can view student', 1, 'view_student'),
	(5, 'Can add log entry', 2, 'add_logentry'),
	(6, 'Can change log entry', 2, 'change_logentry'),
	(7, 'Can delete log entry', 2, 'delete_logentry'),
	(8, 'Can view log entry', 2, 'view_logentry'),
	(9, 'Can add permission', 3, 'add_permission'),
	(10, 'Can change permission', 3, 'change_permission'),
	(11, 'Can delete permission', 3, 'delete_permission'),
	(12, 'Can view permission', 3, 'view_permission'),
	(13, 'Can add group', 4, 'add_group'),
	(14, 'Can change group', 4, 'change_group'),
	(15, 'Can delete group', 4, 'delete_group'),
	(16, 'Can view group', 4, 'view_group'),
	(17, 'Can add user', 5, 'add_user'),
	(18, 'Can change user', 5, 'change_user'),
	(19, 'Can delete user', 5, 'delete_user'),
	(20, 'Can view user', 5, 'view_user'),
	(21, 'Can add content type', 6, 'add_contenttype'),
	(22, 'Can change content type', 6, 'change_contenttype'),
	(23, 'Can delete content type', 6, 'delete_contenttype'),
	(24, 'Can view content type', 6, 'view_contenttype'),
	(25, 'Can add session', 7, 'add_session'),
	(26, 'Can change session', 7, 'change_session'),
	(27, 'Can delete session', 7, 'delete_session'),
	(28, 'Can view session', 7, 'view_session'),
	(29, 'Can add API token', 10, 'add_apitoken'),
	(30, 'Can change API token', 10, 'change_apitoken'),
	(31, 'Can delete API token', 10, 'delete_apitoken'),
	(32, 'Can view API token', 10, 'view_apitoken');
INSERT INTO public.auth_user VALUES
	(1, '!pdiC2r85yhL1Bic61Ip771vGFxgHgJLivC57WsZd', NULL, false, 'maker', '', '', '', true, true, '2026-11-26 02:31:19.93666+00'),
	(2, '!Rc1eFlppnIzEVJQIHljQsEZOUbBPYcGnzZ6qagqw', NULL, false, 'cleaner', '', '', '', true, true, '2026-11-26 02:31:19.938939+00');
INSERT INTO public.auth_user_groups VALUES
	(1, 1, 3);
INSERT INTO public.auth_user_user_permissions VALUES
	(1, 2, 31);
INSERT INTO public.django_admin_log VALUES
	(1, '2026-11-26 02:31:19.964196+00', '2', 'the website', 1, '[{"added": {}}]', 10, 1);
INSERT INTO public.django_content_type VALUES
	(1, 'students', 'student'),
	(2, 'admin', 'logentry'),
	(3, 'auth', 'permission'),
	(4, 'auth', 'group'),
	(5, 'auth', 'user'),
	(6, 'contenttypes', 'contenttype'),
	(7, 'sessions', 'session'),
	(8, 'students', 'citytotal'),
	(9, 'students', 'keptanswer'),
	(10, 'students', 'apitoken');
INSERT INTO public.django_migrations VALUES
	(1, 'contenttypes', '0001_initial', '2026-11-26 02:31:17.700132+00'),
	(2, 'auth', '0001_initial', '2026-11-26 02:31:17.756882+00'),
	(3, 'admin', '0001_initial', '2026-11-26 02:31:17.779597+00'),
	(4, 'admin', '0002_logentry_remove_auto_add', '2026-11-26 02:31:17.79639+00'),
	(5, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-26 02:31:17.808606+00'),
	(6, 'contenttypes', '0002_remove_content_type_name', '2026-11-26 02:31:17.827324+00'),
	(7, 'auth', '0002_alter_permission_name_max_length', '2026-11-26 02:31:17.838247+00'),
	(8, 'auth', '0003_alter_user_email_max_length', '2026-11-26 02:31:17.848459+00'),
	(9, 'auth', '0004_alter_user_username_opts', '2026-11-26 02:31:17.856906+00'),
	(10, 'auth', '0005_alter_user_last_login_null', '2026-11-26 02:31:17.866564+00'),
	(11, 'auth', '0006_require_contenttypes_0002', '2026-11-26 02:31:17.867911+00'),
	(12, 'auth', '0007_alter_validators_add_error_messages', '2026-11-26 02:31:17.876327+00'),
	(13, 'auth', '0008_alter_user_username_max_length', '2026-11-26 02:31:17.890685+00'),
	(14, 'auth', '0009_alter_user_last_name_max_length', '2026-11-26 02:31:17.899827+00'),
	(15, 'auth', '0010_alter_group_name_max_length', '2026-11-26 02:31:17.910343+00'),
	(16, 'auth', '0011_update_proxy_permissions', '2026-11-26 02:31:17.91823+00'),
	(17, 'auth', '0012_alter_user_first_name_max_length', '2026-11-26 02:31:17.928225+00'),
	(18, 'sessions', '0001_initial', '2026-11-26 02:31:17.935756+00'),
	(19, 'students', '0001_students', '2026-11-26 02:31:17.967347+00'),
	(20, 'students', '0002_viewers_and_editors', '2026-11-26 02:31:17.996773+00'),
	(21, 'students', '0003_city_totals', '2026-11-26 02:31:18.021262+00'),
	(22, 'students', '0004_fill_city_totals', '2026-11-26 02:31:18.025201+00'),
	(23, 'students', '0005_api_tokens', '2026-11-26 02:31:18.051812+00');
INSERT INTO public.students_apitoken VALUES
	(1, 'the website', true, '2126-01-01 00:00:00+00', '7263a42bff4ddabffbc900db1648c90851486575835b2f9235269e2c943afada', 'tuition_IdHrjH', '2026-11-26 02:31:19.957915+00', NULL, '2026-11-26 02:31:19.960474+00', 1),
	(2, 'the website', true, '2126-01-01 00:00:00+00', '6210036c4671bd59ea4e9aa073ba11457b9ccf92f795d08c6c62dcfc3b1b62f5', 'tuition_DFBlz-', '2026-11-26 02:31:19.96209+00', '2026-11-26 02:31:20.185725+00', NULL, 1);
INSERT INTO public.students_citytotal VALUES
	(1, 'Lahore', 'lahore', 2, 12250.75),
	(2, 'Karachi', 'karachi', 2, 21500.75);
INSERT INTO public.students_keptanswer VALUES
	(1, 'token 2', 'form-71', '9a0c7fba2b7f30ff23e2b8e84ee0b55f2f06071f53d0a179fda5e839184a8148', '{"id": 4, "name": "Hina Malik", "city": "Karachi", "fees": "9000.25"}', '2026-11-26 02:31:20.20399+00');
INSERT INTO public.students_student VALUES
	(1, 'Ali Raza', 'Lahore', 5000.00, '2026-11-26 02:31:19.922835+00', '2026-11-26 02:31:19.922897+00', DEFAULT, DEFAULT),
	(2, 'عائشہ خان', 'Karachi', 12500.50, '2026-11-26 02:31:19.932969+00', '2026-11-26 02:31:19.932992+00', DEFAULT, DEFAULT),
	(3, 'Bilal Ahmed', 'Lahore', 7250.75, '2026-11-26 02:31:19.93514+00', '2026-11-26 02:31:19.935158+00', DEFAULT, DEFAULT),
	(4, 'Hina Malik', 'Karachi', 9000.25, '2026-11-26 02:31:20.202026+00', '2026-11-26 02:31:20.202055+00', DEFAULT, DEFAULT);
SELECT pg_catalog.setval('public.auth_group_id_seq', 3, true);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 6, true);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 32, true);
SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, true);
SELECT pg_catalog.setval('public.auth_user_id_seq', 2, true);
SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, true);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 10, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 23, true);
SELECT pg_catalog.setval('public.students_apitoken_id_seq', 2, true);
SELECT pg_catalog.setval('public.students_citytotal_id_seq', 2, true);
SELECT pg_catalog.setval('public.students_keptanswer_id_seq', 1, true);
SELECT pg_catalog.setval('public.students_student_id_seq', 4, true);
ALTER TABLE ONLY public.auth_group ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups ADD CONSTRAINT auth_user_groups_user_id_group_id_94350c0c_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.auth_user ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_14a6b632_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.auth_user ADD CONSTRAINT auth_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.django_admin_log ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.students_keptanswer ADD CONSTRAINT one_answer_a_key UNIQUE (caller, key);
ALTER TABLE ONLY public.students_apitoken ADD CONSTRAINT students_apitoken_key_hash_key UNIQUE (key_hash);
ALTER TABLE ONLY public.students_apitoken ADD CONSTRAINT students_apitoken_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.students_citytotal ADD CONSTRAINT students_citytotal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.students_keptanswer ADD CONSTRAINT students_keptanswer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.students_student ADD CONSTRAINT students_student_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX api_token_name_in_use ON public.students_apitoken USING btree (name) WHERE (revoked_at IS NULL);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX auth_user_groups_group_id_97559544 ON public.auth_user_groups USING btree (group_id);
CREATE INDEX auth_user_groups_user_id_6a12ed8b ON public.auth_user_groups USING btree (user_id);
CREATE INDEX auth_user_user_permissions_permission_id_1fbb5f2c ON public.auth_user_user_permissions USING btree (permission_id);
CREATE INDEX auth_user_user_permissions_user_id_a95ead1b ON public.auth_user_user_permissions USING btree (user_id);
CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);
CREATE INDEX citytotal_by_city ON public.students_citytotal USING btree (city_key);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX student_by_city ON public.students_student USING btree (city_key, name_key, id);
CREATE INDEX student_by_city_fees ON public.students_student USING btree (city_key, fees, id);
CREATE INDEX student_by_fees ON public.students_student USING btree (fees, id);
CREATE INDEX student_by_name ON public.students_student USING btree (name_key, id);
CREATE INDEX student_name_parts ON public.students_student USING gin (name_key public.gin_trgm_ops);
CREATE INDEX students_apitoken_created_by_id_9cb0c6a3 ON public.students_apitoken USING btree (created_by_id);
CREATE INDEX students_apitoken_key_hash_d670d60d_like ON public.students_apitoken USING btree (key_hash varchar_pattern_ops);
CREATE INDEX students_keptanswer_created_at_0da3b573 ON public.students_keptanswer USING btree (created_at);
CREATE TRIGGER pgtrigger_totals_delete_891c9 AFTER DELETE ON public.students_student REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION public.pgtrigger_totals_delete_891c9();
COMMENT ON TRIGGER pgtrigger_totals_delete_891c9 ON public.students_student IS '64a3cd87112217f24dfd2eebed5cd3b91cd4943e';
CREATE TRIGGER pgtrigger_totals_insert_4c794 AFTER INSERT ON public.students_student REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.pgtrigger_totals_insert_4c794();
COMMENT ON TRIGGER pgtrigger_totals_insert_4c794 ON public.students_student IS 'd041695bc0a23e351da2d539496defc7f04a26ea';
CREATE TRIGGER pgtrigger_totals_truncate_f37b7 AFTER TRUNCATE ON public.students_student FOR EACH STATEMENT EXECUTE FUNCTION public.pgtrigger_totals_truncate_f37b7();
COMMENT ON TRIGGER pgtrigger_totals_truncate_f37b7 ON public.students_student IS '5b87114d0932c4511c94c5cb0a82c51b831e5dd1';
CREATE TRIGGER pgtrigger_totals_update_aa891 AFTER UPDATE ON public.students_student REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.pgtrigger_totals_update_aa891();
COMMENT ON TRIGGER pgtrigger_totals_update_aa891 ON public.students_student IS 'fc7226cbd79f7f52f67fea320988533879fe65a6';
ALTER TABLE ONLY public.auth_group_permissions ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups ADD CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups ADD CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions ADD CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions ADD CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.students_apitoken ADD CONSTRAINT students_apitoken_created_by_id_9cb0c6a3_fk_auth_user_id FOREIGN KEY (created_by_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
