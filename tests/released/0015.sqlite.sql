BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0015');
CREATE TABLE alias_entries (
	model_uid CHAR(32) NOT NULL, 
	alias TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	number BIGINT, 
	previous BIGINT, 
	time BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_alias_entries PRIMARY KEY (model_uid, alias, revision), 
	CONSTRAINT fk_alias_entries_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid)
);
INSERT INTO "alias_entries" VALUES('01a22bed646d749185cad57825f52c2a','candidate',4,1,NULL,1796033307752955,'ann','');
INSERT INTO "alias_entries" VALUES('01a22bed646d749185cad57825f52c2a','champion',18,2,NULL,1796033308093980,'ann','live');
INSERT INTO "alias_entries" VALUES('01a22bed646d749185cad57825f52c2a','old',19,1,NULL,1796033308101265,'ann','');
INSERT INTO "alias_entries" VALUES('01a22bed646d749185cad57825f52c2a','old',20,NULL,1,1796033308109123,'ann','');
CREATE TABLE aliases (
	model_uid CHAR(32) NOT NULL, 
	alias TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_aliases PRIMARY KEY (model_uid, alias), 
	CONSTRAINT fk_aliases_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid)
);
INSERT INTO "aliases" VALUES('01a22bed646d749185cad57825f52c2a','candidate',1,1796033307752955,'ann',4);
INSERT INTO "aliases" VALUES('01a22bed646d749185cad57825f52c2a','champion',2,1796033308093980,'ann',18);
CREATE TABLE attestations (
	uid CHAR(32) NOT NULL, 
	version_uid CHAR(32) NOT NULL, 
	revision BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	creator TEXT NOT NULL, 
	predicate_type TEXT NOT NULL, 
	payload_digest VARCHAR(64) NOT NULL, 
	signer TEXT NOT NULL, 
	CONSTRAINT pk_attestations PRIMARY KEY (uid), 
	CONSTRAINT fk_attestations_version_uid FOREIGN KEY(version_uid) REFERENCES versions (uid)
);
INSERT INTO "attestations" VALUES('01a22bed64e37b7bb58a27cbbb276621','01a22bed64cb751cb5e5ba7d7032cf8b',7,1796033307873584,'ann','slsa','abababababababababababababababababababababababababababababababab','ci');
CREATE TABLE blob_marks (
	namespace TEXT NOT NULL, 
	total BIGINT NOT NULL, 
	CONSTRAINT pk_blob_marks PRIMARY KEY (namespace), 
	CONSTRAINT fk_blob_marks_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
CREATE TABLE blobs (
	namespace TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	crc32c BIGINT NOT NULL, 
	blocks BLOB NOT NULL, 
	generation BIGINT NOT NULL, 
	create_time BIGINT NOT NULL, 
	lease_until BIGINT NOT NULL, 
	in_doubt BOOLEAN NOT NULL, 
	condemned_time BIGINT, 
	deleting BOOLEAN NOT NULL, 
	CONSTRAINT pk_blobs PRIMARY KEY (namespace, digest), 
	CONSTRAINT fk_blobs_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace), 
	CONSTRAINT ck_blobs_condemned_first CHECK (condemned_time IS NOT NULL OR NOT deleting), 
	CONSTRAINT ck_blobs_condemned_without_doubt CHECK (condemned_time IS NULL OR NOT in_doubt)
);
INSERT INTO "blobs" VALUES('default','3d0d604e11e0257cb685f886da367d6b268d56889f983c3cdc9458df40c53a9c',21,465111417,X'1BB90979',0,1796033307673386,1796119707673386,1,NULL,0);
INSERT INTO "blobs" VALUES('default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,1150589057,X'44949881',0,1796033307735362,1796119708424168,1,NULL,0);
INSERT INTO "blobs" VALUES('default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,563650169,X'21989E79',0,1796033307830122,1796119708410983,1,NULL,0);
CREATE TABLE changes (
	revision BIGINT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	namespace TEXT NOT NULL, 
	action TEXT NOT NULL, 
	name TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	time BIGINT NOT NULL, 
	"before" JSON, 
	"after" JSON, model TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_changes PRIMARY KEY (revision, ordinal)
);
INSERT INTO "changes" VALUES(1,0,'-','token.create','namespaces/-/tokens/11e20b728520','operator','for ann, role admin',1796033307261489,NULL,NULL,'namespaces/-/tokens/11e20b728520');
INSERT INTO "changes" VALUES(2,0,'-','token.create','namespaces/-/tokens/5c482574bb5c','operator','for ben, role approver',1796033307275682,NULL,NULL,'namespaces/-/tokens/5c482574bb5c');
INSERT INTO "changes" VALUES(3,0,'-','token.create','namespaces/-/tokens/e7b352855e30','operator','for eve, role reader',1796033307276687,NULL,NULL,'namespaces/-/tokens/e7b352855e30');
INSERT INTO "changes" VALUES(4,0,'default','model.create','namespaces/default/models/released','ann','',1796033307752955,NULL,'{"kind":"model","name":"namespaces/default/models/released","uid":"01a22bed-646d-7491-85ca-d57825f52c2a","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.752955+00:00","revision":4,"delete_time":null,"latest":0}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(4,1,'default','version.register','namespaces/default/models/released/versions/1','ann','',1796033307752955,NULL,'{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.752955+00:00","revision":4,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(4,2,'default','alias.set','namespaces/default/models/released/aliases/candidate','ann','',1796033307752955,NULL,'{"kind":"alias","name":"namespaces/default/models/released/aliases/candidate","version":"namespaces/default/models/released/versions/1","time":"2026-11-30T10:08:27.752955+00:00","actor":"ann","revision":4}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(5,0,'default','version.register','namespaces/default/models/released/versions/2','ann','',1796033307846109,NULL,'{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:27.846109+00:00","revision":5,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(6,0,'default','evaluation.submit','namespaces/default/models/released/versions/2/evaluations/01a22bed-64d6-7d36-8e99-e10738f6c56a','ann','',1796033307858977,NULL,'{"kind":"evaluation","name":"namespaces/default/models/released/versions/2/evaluations/01a22bed-64d6-7d36-8e99-e10738f6c56a","draft":{"dataset_uri":"gs://holdout","dataset_digest":"","evaluator":"","evaluator_digest":"","metrics":{"auc":0.96},"slices":[],"description":""},"slice_count":0,"digest":"sha256:381ece7a4eb962d37634b53d730e306a07a597127399462c8a47db4bca2c742d","creator":"ann","create_time":"2026-11-30T10:08:27.858977+00:00","revision":6}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(7,0,'default','attestation.record','namespaces/default/models/released/versions/2/attestations/01a22bed-64e3-7b7b-b58a-27cbbb276621','ann','',1796033307873584,NULL,'{"kind":"attestation","name":"namespaces/default/models/released/versions/2/attestations/01a22bed-64e3-7b7b-b58a-27cbbb276621","draft":{"predicate_type":"slsa","payload_digest":"sha256:abababababababababababababababababababababababababababababababab","signer":"ci"},"creator":"ann","create_time":"2026-11-30T10:08:27.873584+00:00","revision":7}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(8,0,'default','lineage.record','namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89','ann','',1796033307900074,NULL,'{"kind":"lineage","name":"namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89","edges":[{"source":"namespaces/default/models/released/versions/2","role":"derived_from","target":"namespaces/default/models/released/versions/1"}],"recorder":"ann","create_time":"2026-11-30T10:08:27.900074+00:00","revision":8,"event_type":"","event_time":null,"run":null}','namespaces/default/lineage/records');
INSERT INTO "changes" VALUES(9,0,'default','version.stage','namespaces/default/models/released/versions/1','ann','',1796033307914140,'{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.752955+00:00","revision":4,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":["candidate"]}','{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.914140+00:00","revision":9,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"staging","state":"active","delete_time":null,"aliases":["candidate"]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(10,0,'default','version.stage','namespaces/default/models/released/versions/1','ann','',1796033307946375,'{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.914140+00:00","revision":9,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"staging","state":"active","delete_time":null,"aliases":["candidate"]}','{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.946375+00:00","revision":10,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"production","state":"active","delete_time":null,"aliases":["candidate"]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(11,0,'default','version.stage','namespaces/default/models/released/versions/2','ann','',1796033307959907,'{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:27.846109+00:00","revision":5,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:27.959907+00:00","revision":11,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"staging","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(12,0,'default','policy.put','namespaces/default/policies/released-quality','ann','',1796033307971329,NULL,'{"kind":"policy","name":"namespaces/default/policies/released-quality","number":1,"draft":{"to_stage":"production","models":"released","from_stage":"","rules":[{"id":"auc","severity":"block","bound":{"metric":"auc","dataset":"","dimension":"","minimum":0.9,"maximum":null,"tolerance":0.0,"use_bound":false,"min_count":0,"required_slices":[],"max_age":null},"change":null,"spread":null,"lineage":null,"files":null,"labels":null,"attestations":null,"cel":null}],"approvals":[{"id":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"wait":0,"description":""},"digest":"sha256:4d14ea3475f8b76bea3bfba5f66cb07b4621cc6c43360e044548e8dec308f687","actor":"ann","time":"2026-11-30T10:08:27.971329+00:00","revision":12,"deleted":false}','namespaces/default/policies/released-quality');
INSERT INTO "changes" VALUES(13,0,'default','transition.request','namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895','ann','better',1796033308000255,NULL,'{"kind":"transition","name":"namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895","category":"promotion","state":"pending_approval","moves":[{"version":"namespaces/default/models/released/versions/2","from_stage":"staging","to_stage":"production","alias":null,"previous":null,"policies":["released-quality@1"],"findings":[]}],"requester":"ann","reason":"better","create_time":"2026-11-30T10:08:28.000255+00:00","expire_time":"2026-12-30T10:08:28.000255+00:00","revision":13,"authors":["ann"],"needs":[{"policy":"released-quality@1","requirement":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"approvals":[],"wait":0,"binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2","apply_time":null,"end_time":null,"cause":""}','namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895');
INSERT INTO "changes" VALUES(14,0,'default','transition.apply','namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895','ben','',1796033308017924,'{"kind":"transition","name":"namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895","category":"promotion","state":"pending_approval","moves":[{"version":"namespaces/default/models/released/versions/2","from_stage":"staging","to_stage":"production","alias":null,"previous":null,"policies":["released-quality@1"],"findings":[]}],"requester":"ann","reason":"better","create_time":"2026-11-30T10:08:28.000255+00:00","expire_time":"2026-12-30T10:08:28.000255+00:00","revision":13,"authors":["ann"],"needs":[{"policy":"released-quality@1","requirement":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"approvals":[],"wait":0,"binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2","apply_time":null,"end_time":null,"cause":""}','{"kind":"transition","name":"namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895","category":"promotion","state":"applied","moves":[{"version":"namespaces/default/models/released/versions/2","from_stage":"staging","to_stage":"production","alias":null,"previous":null,"policies":["released-quality@1"],"findings":[]}],"requester":"ann","reason":"better","create_time":"2026-11-30T10:08:28.000255+00:00","expire_time":"2026-12-30T10:08:28.000255+00:00","revision":14,"authors":["ann"],"needs":[{"policy":"released-quality@1","requirement":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"approvals":[{"actor":"ben","role":"approver","approved":true,"requirement":"released-quality/risk","meaning":"validated","comment":"looked at it","time":"2026-11-30T10:08:28.017924+00:00","binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2"}],"wait":0,"binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2","apply_time":null,"end_time":"2026-11-30T10:08:28.017924+00:00","cause":""}','namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895');
INSERT INTO "changes" VALUES(14,1,'default','version.stage','namespaces/default/models/released/versions/1','ann','better',1796033308017924,'{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.946375+00:00","revision":10,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"production","state":"active","delete_time":null,"aliases":["candidate"]}','{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:28.017924+00:00","revision":14,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"archived","state":"active","delete_time":null,"aliases":["candidate"]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(14,2,'default','version.stage','namespaces/default/models/released/versions/2','ann','better',1796033308017924,'{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:27.959907+00:00","revision":11,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"staging","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:28.017924+00:00","revision":14,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"production","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(15,0,'default','transition.rollback','namespaces/default/transitions/01a22bed-6594-796e-a58d-ea7a6351acbf','ann','complaints',1796033308045769,NULL,'{"kind":"transition","name":"namespaces/default/transitions/01a22bed-6594-796e-a58d-ea7a6351acbf","category":"rollback","state":"applied","moves":[{"version":"namespaces/default/models/released/versions/1","from_stage":"archived","to_stage":"production","alias":null,"previous":"namespaces/default/models/released/versions/2","policies":[],"findings":[]}],"requester":"ann","reason":"complaints","create_time":"2026-11-30T10:08:28.045769+00:00","expire_time":"2026-11-30T10:08:28.045769+00:00","revision":15,"authors":[],"needs":[],"approvals":[],"wait":0,"binding":"","apply_time":null,"end_time":"2026-11-30T10:08:28.045769+00:00","cause":""}','namespaces/default/transitions/01a22bed-6594-796e-a58d-ea7a6351acbf');
INSERT INTO "changes" VALUES(15,1,'default','version.stage','namespaces/default/models/released/versions/2','ann','complaints',1796033308045769,'{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:28.017924+00:00","revision":14,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"production","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:28.045769+00:00","revision":15,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"archived","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(15,2,'default','version.stage','namespaces/default/models/released/versions/1','ann','complaints',1796033308045769,'{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:28.017924+00:00","revision":14,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"archived","state":"active","delete_time":null,"aliases":["candidate"]}','{"kind":"version","name":"namespaces/default/models/released/versions/1","uid":"01a22bed-6473-7519-b412-4f50f4fa9d31","root_digest":"sha256:8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:28.045769+00:00","revision":15,"description":"","tags":{"team":"risk"},"metrics":{"auc":0.91},"labels":{"tier":"1"},"detail":null,"stage":"production","state":"active","delete_time":null,"aliases":["candidate"]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(16,0,'default','model.update','namespaces/default/models/released','ann','',1796033308076370,'{"kind":"model","name":"namespaces/default/models/released","uid":"01a22bed-646d-7491-85ca-d57825f52c2a","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:27.752955+00:00","revision":4,"delete_time":null,"latest":2}','{"kind":"model","name":"namespaces/default/models/released","uid":"01a22bed-646d-7491-85ca-d57825f52c2a","draft":{"description":"detects","labels":{"team":"risk"},"owner":"risk"},"creator":"ann","create_time":"2026-11-30T10:08:27.752955+00:00","update_time":"2026-11-30T10:08:28.076370+00:00","revision":16,"delete_time":null,"latest":2}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(17,0,'default','version.label','namespaces/default/models/released/versions/2','ann','',1796033308085537,'{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:28.045769+00:00","revision":15,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{},"detail":null,"stage":"archived","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released/versions/2","uid":"01a22bed-64cb-751c-b5e5-ba7d7032cf8b","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:27.846109+00:00","update_time":"2026-11-30T10:08:28.085537+00:00","revision":17,"description":"","tags":{},"metrics":{"auc":0.95},"labels":{"reviewed":"yes"},"detail":null,"stage":"archived","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(18,0,'default','alias.set','namespaces/default/models/released/aliases/champion','ann','live',1796033308093980,NULL,'{"kind":"alias","name":"namespaces/default/models/released/aliases/champion","version":"namespaces/default/models/released/versions/2","time":"2026-11-30T10:08:28.093980+00:00","actor":"ann","revision":18}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(19,0,'default','alias.set','namespaces/default/models/released/aliases/old','ann','',1796033308101265,NULL,'{"kind":"alias","name":"namespaces/default/models/released/aliases/old","version":"namespaces/default/models/released/versions/1","time":"2026-11-30T10:08:28.101265+00:00","actor":"ann","revision":19}','namespaces/default/models/released');
INSERT INTO "changes" VALUES(20,0,'default','alias.delete','namespaces/default/models/released/aliases/old','ann','',1796033308109123,'{"kind":"alias","name":"namespaces/default/models/released/aliases/old","version":"namespaces/default/models/released/versions/1","time":"2026-11-30T10:08:28.101265+00:00","actor":"ann","revision":19}',NULL,'namespaces/default/models/released');
INSERT INTO "changes" VALUES(21,0,'released-namespace','namespace.create','namespaces/released-namespace','ann','',1796033308116366,NULL,'{"kind":"namespace","name":"namespaces/released-namespace","description":"","creator":"ann","create_time":"2026-11-30T10:08:28.116366+00:00","revision":21,"quota":1048576}','namespaces/released-namespace');
INSERT INTO "changes" VALUES(22,0,'default','schema.set','namespaces/default/registrationSchema','ann','',1796033308122610,NULL,'{"kind":"registration_schema","name":"namespaces/default/registrationSchema","number":1,"draft":{"json_schema":"","check_formats":false,"required":{"files":[],"labels":[],"tags":[],"metrics":[],"pinned_inputs":[],"clean_commit":false,"environment_lock":false,"signature":false,"slices":[]}},"updater":"ann","update_time":"2026-11-30T10:08:28.122610+00:00","revision":22}','namespaces/default/registrationSchema');
INSERT INTO "changes" VALUES(23,0,'default','model.create','namespaces/default/models/released-other','ann','',1796033308250952,NULL,'{"kind":"model","name":"namespaces/default/models/released-other","uid":"01a22bed-665b-79b4-acb5-7f99bafc3efe","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.250952+00:00","revision":23,"delete_time":null,"latest":0}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(23,1,'default','version.register','namespaces/default/models/released-other/versions/1','ann','',1796033308250952,NULL,'{"kind":"version","name":"namespaces/default/models/released-other/versions/1","uid":"01a22bed-665d-7065-a05d-4f2152b871d6","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.250952+00:00","revision":23,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(24,0,'default','version.register','namespaces/default/models/released-other/versions/2','ann','',1796033308300112,NULL,'{"kind":"version","name":"namespaces/default/models/released-other/versions/2","uid":"01a22bed-668e-77f4-9693-b05c6f01b29c","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.300112+00:00","update_time":"2026-11-30T10:08:28.300112+00:00","revision":24,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(25,0,'default','version.register','namespaces/default/models/released-other/versions/3','ann','',1796033308344711,NULL,'{"kind":"version","name":"namespaces/default/models/released-other/versions/3","uid":"01a22bed-66ba-7292-ba73-b7a522c6f694","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.344711+00:00","update_time":"2026-11-30T10:08:28.344711+00:00","revision":25,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(26,0,'default','version.register','namespaces/default/models/released-other/versions/4','ann','',1796033308431427,NULL,'{"kind":"version","name":"namespaces/default/models/released-other/versions/4","uid":"01a22bed-6711-7a37-90ae-2d2555d24d7e","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.431427+00:00","update_time":"2026-11-30T10:08:28.431427+00:00","revision":26,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(27,0,'default','version.deprecate','namespaces/default/models/released-other/versions/1','ann','old',1796033308440111,'{"kind":"version","name":"namespaces/default/models/released-other/versions/1","uid":"01a22bed-665d-7065-a05d-4f2152b871d6","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.250952+00:00","revision":23,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released-other/versions/1","uid":"01a22bed-665d-7065-a05d-4f2152b871d6","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.440111+00:00","revision":27,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"deprecated","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(28,0,'default','version.restore','namespaces/default/models/released-other/versions/1','ann','needed',1796033308449547,'{"kind":"version","name":"namespaces/default/models/released-other/versions/1","uid":"01a22bed-665d-7065-a05d-4f2152b871d6","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.440111+00:00","revision":27,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"deprecated","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released-other/versions/1","uid":"01a22bed-665d-7065-a05d-4f2152b871d6","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.449547+00:00","revision":28,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(29,0,'default','version.yank','namespaces/default/models/released-other/versions/2','ann','wrong',1796033308457097,'{"kind":"version","name":"namespaces/default/models/released-other/versions/2","uid":"01a22bed-668e-77f4-9693-b05c6f01b29c","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.300112+00:00","update_time":"2026-11-30T10:08:28.300112+00:00","revision":24,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released-other/versions/2","uid":"01a22bed-668e-77f4-9693-b05c6f01b29c","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.300112+00:00","update_time":"2026-11-30T10:08:28.457097+00:00","revision":29,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"yanked","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(30,0,'default','version.revoke','namespaces/default/models/released-other/versions/3','ann','leaked',1796033308465324,'{"kind":"version","name":"namespaces/default/models/released-other/versions/3","uid":"01a22bed-66ba-7292-ba73-b7a522c6f694","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.344711+00:00","update_time":"2026-11-30T10:08:28.344711+00:00","revision":25,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released-other/versions/3","uid":"01a22bed-66ba-7292-ba73-b7a522c6f694","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.344711+00:00","update_time":"2026-11-30T10:08:28.465324+00:00","revision":30,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"revoked","delete_time":null,"aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(31,0,'default','version.delete','namespaces/default/models/released-other/versions/4','ann','unused',1796033308473312,'{"kind":"version","name":"namespaces/default/models/released-other/versions/4","uid":"01a22bed-6711-7a37-90ae-2d2555d24d7e","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.431427+00:00","update_time":"2026-11-30T10:08:28.431427+00:00","revision":26,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"active","delete_time":null,"aliases":[]}','{"kind":"version","name":"namespaces/default/models/released-other/versions/4","uid":"01a22bed-6711-7a37-90ae-2d2555d24d7e","root_digest":"sha256:4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1","size":5242901,"file_count":2,"creator":"ann","create_time":"2026-11-30T10:08:28.431427+00:00","update_time":"2026-11-30T10:08:28.473312+00:00","revision":31,"description":"","tags":{},"metrics":{},"labels":{},"detail":null,"stage":"none","state":"deleted","delete_time":"2026-11-30T10:08:28.473312+00:00","aliases":[]}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(32,0,'default','model.delete','namespaces/default/models/released-other','ann','',1796033308490109,'{"kind":"model","name":"namespaces/default/models/released-other","uid":"01a22bed-665b-79b4-acb5-7f99bafc3efe","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.250952+00:00","revision":23,"delete_time":null,"latest":1}','{"kind":"model","name":"namespaces/default/models/released-other","uid":"01a22bed-665b-79b4-acb5-7f99bafc3efe","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.490109+00:00","revision":32,"delete_time":"2026-11-30T10:08:28.490109+00:00","latest":1}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(33,0,'default','model.undelete','namespaces/default/models/released-other','ann','',1796033308497091,'{"kind":"model","name":"namespaces/default/models/released-other","uid":"01a22bed-665b-79b4-acb5-7f99bafc3efe","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.490109+00:00","revision":32,"delete_time":"2026-11-30T10:08:28.490109+00:00","latest":1}','{"kind":"model","name":"namespaces/default/models/released-other","uid":"01a22bed-665b-79b4-acb5-7f99bafc3efe","draft":{"description":"","labels":{},"owner":""},"creator":"ann","create_time":"2026-11-30T10:08:28.250952+00:00","update_time":"2026-11-30T10:08:28.497091+00:00","revision":33,"delete_time":null,"latest":1}','namespaces/default/models/released-other');
INSERT INTO "changes" VALUES(34,0,'-','token.use','namespaces/-/tokens/11e20b728520','ann','the first use on 2026-11-30',1796033308697260,NULL,NULL,'namespaces/-/tokens/11e20b728520');
INSERT INTO "changes" VALUES(35,0,'-','token.use','namespaces/-/tokens/5c482574bb5c','ben','the first use on 2026-11-30',1796033308699509,NULL,NULL,'namespaces/-/tokens/5c482574bb5c');
INSERT INTO "changes" VALUES(36,0,'-','token.use','namespaces/-/tokens/e7b352855e30','eve','the first use on 2026-11-30',1796033308700741,NULL,NULL,'namespaces/-/tokens/e7b352855e30');
CREATE TABLE dataset_uses (
	version_uid CHAR(32) NOT NULL, 
	dataset_uid CHAR(32) NOT NULL, 
	role TEXT NOT NULL, 
	namespace TEXT NOT NULL, 
	uri_sha256 VARCHAR(64) NOT NULL, 
	digest TEXT NOT NULL, 
	CONSTRAINT pk_dataset_uses PRIMARY KEY (version_uid, dataset_uid, role), 
	CONSTRAINT fk_dataset_uses_version_uid FOREIGN KEY(version_uid) REFERENCES versions (uid)
)
 WITHOUT ROWID

;
INSERT INTO "dataset_uses" VALUES('01a22bed64737519b4124f50f4fa9d31','c40fc9f78d5e7d3f264f8644e15825b8','trained_on','default','814391808b08c1e5623376c8133f7901237ed262574d46be9bffdae9955a2ffc','sha256:aa');
CREATE TABLE evaluations (
	uid CHAR(32) NOT NULL, 
	version_uid CHAR(32) NOT NULL, 
	revision BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	creator TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	dataset_uri TEXT NOT NULL, 
	dataset_digest TEXT NOT NULL, 
	evaluator TEXT NOT NULL, 
	evaluator_digest TEXT NOT NULL, 
	description TEXT NOT NULL, 
	metrics JSON NOT NULL, 
	dimensions JSON NOT NULL, 
	slice_count BIGINT NOT NULL, 
	slices JSON NOT NULL, 
	CONSTRAINT pk_evaluations PRIMARY KEY (uid), 
	CONSTRAINT fk_evaluations_version_uid FOREIGN KEY(version_uid) REFERENCES versions (uid)
);
INSERT INTO "evaluations" VALUES('01a22bed64d67d368e99e10738f6c56a','01a22bed64cb751cb5e5ba7d7032cf8b',6,1796033307858977,'ann','381ece7a4eb962d37634b53d730e306a07a597127399462c8a47db4bca2c742d','gs://holdout','','','','','{"auc":0.96}','[]',0,'[]');
CREATE TABLE lineage_edges (
	later_uid CHAR(32) NOT NULL, 
	role TEXT NOT NULL, 
	earlier_uid CHAR(32) NOT NULL, 
	time BIGINT NOT NULL, 
	recorder TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_lineage_edges PRIMARY KEY (later_uid, role, earlier_uid)
)
 WITHOUT ROWID

;
INSERT INTO "lineage_edges" VALUES('01a22bed64737519b4124f50f4fa9d31','trained_on','c40fc9f78d5e7d3f264f8644e15825b8',1796033307752955,'ann',4);
INSERT INTO "lineage_edges" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','approved_by','85677fc26250a323e10a1d0998058004',1796033308017924,'ann',14);
INSERT INTO "lineage_edges" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','derived_from','01a22bed64737519b4124f50f4fa9d31',1796033307846109,'ann',5);
CREATE TABLE lineage_nodes (
	uid CHAR(32) NOT NULL, 
	namespace TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	place TEXT NOT NULL, 
	place_sha256 VARCHAR(64) NOT NULL, 
	pin TEXT NOT NULL, 
	CONSTRAINT pk_lineage_nodes PRIMARY KEY (uid), 
	CONSTRAINT fk_lineage_nodes_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
INSERT INTO "lineage_nodes" VALUES('c40fc9f78d5e7d3f264f8644e15825b8','default','dataset','gs://released/q3','814391808b08c1e5623376c8133f7901237ed262574d46be9bffdae9955a2ffc','sha256:aa');
INSERT INTO "lineage_nodes" VALUES('85677fc26250a323e10a1d0998058004','default','approver','ben','6700869c8ff7480e34a70a708b028700dbaa3a033b5652b903afe89f49a31456','');
CREATE TABLE lineage_records (
	uid CHAR(32) NOT NULL, 
	namespace TEXT NOT NULL, 
	record JSON NOT NULL, 
	run_uid CHAR(32), 
	event_type TEXT NOT NULL, 
	event_time BIGINT, 
	job_namespace TEXT NOT NULL, 
	job_name TEXT NOT NULL, 
	event TEXT NOT NULL, 
	CONSTRAINT pk_lineage_records PRIMARY KEY (uid), 
	CONSTRAINT fk_lineage_records_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
INSERT INTO "lineage_records" VALUES('06583e25ad8ac4f4527e1bd31a4dfa89','default','{"name":"namespaces/default/lineage/records/06583e25-ad8a-c4f4-527e-1bd31a4dfa89","edges":[{"source":"namespaces/default/models/released/versions/2","role":"derived_from","target":"namespaces/default/models/released/versions/1"}],"recorder":"ann","create_time":"2026-11-30T10:08:27.900074+00:00","revision":8,"event_type":"","event_time":null,"run":null}',NULL,'',NULL,'','','');
CREATE TABLE model_lifecycle (
	model_uid CHAR(32) NOT NULL, 
	revision BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	CONSTRAINT pk_model_lifecycle PRIMARY KEY (model_uid, revision), 
	CONSTRAINT fk_model_lifecycle_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid)
);
INSERT INTO "model_lifecycle" VALUES('01a22bed665b79b4acb57f99bafc3efe',32,1796033308490109,1);
INSERT INTO "model_lifecycle" VALUES('01a22bed665b79b4acb57f99bafc3efe',33,1796033308497091,0);
CREATE TABLE models (
	uid CHAR(32) NOT NULL, 
	namespace TEXT NOT NULL, 
	model_id TEXT NOT NULL, 
	description TEXT NOT NULL, 
	labels JSON NOT NULL, 
	owner TEXT NOT NULL, 
	next_version BIGINT NOT NULL, 
	creator TEXT NOT NULL, 
	create_time BIGINT NOT NULL, 
	update_time BIGINT NOT NULL, 
	delete_time BIGINT, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_models PRIMARY KEY (uid), 
	CONSTRAINT fk_models_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace), 
	CONSTRAINT uq_models_namespace_model_id UNIQUE (namespace, model_id)
);
INSERT INTO "models" VALUES('01a22bed646d749185cad57825f52c2a','default','released','detects','{"team":"risk"}','risk',3,'ann',1796033307752955,1796033308076370,NULL,16);
INSERT INTO "models" VALUES('01a22bed665b79b4acb57f99bafc3efe','default','released-other','','{}','',5,'ann',1796033308250952,1796033308497091,NULL,33);
CREATE TABLE moved_models (
	revision BIGINT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	model TEXT NOT NULL, 
	CONSTRAINT pk_moved_models PRIMARY KEY (revision, ordinal, model)
);
INSERT INTO "moved_models" VALUES(13,0,'namespaces/default/models/released');
INSERT INTO "moved_models" VALUES(14,0,'namespaces/default/models/released');
INSERT INTO "moved_models" VALUES(15,0,'namespaces/default/models/released');
CREATE TABLE namespaces (
	namespace TEXT NOT NULL, 
	description TEXT NOT NULL, 
	creator TEXT NOT NULL, 
	create_time BIGINT NOT NULL, 
	revision BIGINT NOT NULL, quota BIGINT, 
	CONSTRAINT pk_namespaces PRIMARY KEY (namespace)
);
INSERT INTO "namespaces" VALUES('default','','system',1796033307000000,0,NULL);
INSERT INTO "namespaces" VALUES('released-namespace','','ann',1796033308116366,21,1048576);
CREATE TABLE policies (
	namespace TEXT NOT NULL, 
	policy_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	to_stage TEXT NOT NULL, 
	CONSTRAINT pk_policies PRIMARY KEY (namespace, policy_id), 
	CONSTRAINT fk_policies_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
INSERT INTO "policies" VALUES('default','released-quality',1,'production');
CREATE TABLE policy_revisions (
	namespace TEXT NOT NULL, 
	policy_id TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	deleted BOOLEAN NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	document JSON NOT NULL, 
	CONSTRAINT pk_policy_revisions PRIMARY KEY (namespace, policy_id, number), 
	CONSTRAINT fk_policy_revisions_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace), 
	CONSTRAINT ck_policy_revisions_number CHECK (number >= 1)
);
INSERT INTO "policy_revisions" VALUES('default','released-quality',1,12,1796033307971329,'ann',0,'4d14ea3475f8b76bea3bfba5f66cb07b4621cc6c43360e044548e8dec308f687','{"to_stage":"production","models":"released","from_stage":"","rules":[{"id":"auc","severity":"block","bound":{"metric":"auc","dataset":"","dimension":"","minimum":0.9,"maximum":null,"tolerance":0.0,"use_bound":false,"min_count":0,"required_slices":[],"max_age":null},"change":null,"spread":null,"lineage":null,"files":null,"labels":null,"attestations":null,"cel":null}],"approvals":[{"id":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"wait":0,"description":""}');
CREATE TABLE refusals (
	number BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	namespace TEXT NOT NULL, 
	action TEXT NOT NULL, 
	model TEXT NOT NULL, 
	name TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	method TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	message TEXT NOT NULL, 
	causes JSON NOT NULL, 
	request_id TEXT NOT NULL, 
	omitted BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	CONSTRAINT pk_refusals PRIMARY KEY (number)
);
INSERT INTO "refusals" VALUES(1,15,'default','call.denied','namespaces/default/models/released','namespaces/default/models/released/aliases/champion','eve','modelregistry.v1.CatalogService/SetAlias','PERMISSION_DENIED','eve has role reader, which does not include ''write''','[]','b37a46ef-a0f1-475d-8bf9-ee890c5e7a67',0,1796033308069297);
CREATE TABLE registration_schemas (
	namespace TEXT NOT NULL, 
	number BIGINT NOT NULL, 
	json_schema TEXT NOT NULL, 
	check_formats BOOLEAN NOT NULL, 
	required JSON NOT NULL, 
	updater TEXT NOT NULL, 
	update_time BIGINT NOT NULL, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_registration_schemas PRIMARY KEY (namespace, number), 
	CONSTRAINT fk_registration_schemas_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace), 
	CONSTRAINT ck_registration_schemas_number CHECK (number >= 1)
);
INSERT INTO "registration_schemas" VALUES('default',1,'',0,'{"files":[],"labels":[],"tags":[],"metrics":[],"pinned_inputs":[],"clean_commit":false,"environment_lock":false,"signature":false,"slices":[]}','ann',1796033308122610,22);
CREATE TABLE request_replays (
	principal TEXT NOT NULL, 
	request_id TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	reply BLOB NOT NULL, 
	expire_time BIGINT NOT NULL, 
	CONSTRAINT pk_request_replays PRIMARY KEY (principal, request_id)
);
INSERT INTO "request_replays" VALUES('ann','58c496be-75f0-4f0d-b1e5-494a5cf21dcd','847805dc616d79141402f98bfa2f03db262ef02313908328155e5fa24f25f313',X'0A3F6E616D657370616365732F64656661756C742F75706C6F6164732F30316132326265642D363337652D376631372D626465662D3661376437663063323961341205108080C00218012801420C089B96B5D80610C0AAEFF3014A0C089BB9BAD80610C0AAEFF3015203616E6E5A0C089B96B5D80610C0AAEFF301',1796119707509911);
INSERT INTO "request_replays" VALUES('ann','6037bc58-5c93-426f-850d-61d80d25c879','f6be8a748ae89c84ba8a8bf464ae80005cd526feb4d19060e9c1742ef82d8bd7',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31122430316132326265642D363437332D373531392D623431322D346635306634666139643331180122477368613235363A38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580C0023002420C0A047465616D12047269736B4A090A0474696572120131520E0A03617563111F85EB51B81EED3F5A046E6F6E6560016A0963616E646964617465721372342E343931303934316532623332326636307A0C089B96B5D80610F8DC84E70282010C089B96B5D80610F8DC84E702920103616E6E98010482021F0A1067733A2F2F72656C65617365642F713312097368613235363A6161180192020C0A0665706F636873120232309A021B0A03616765120334302B188105220361756329CDCCCCCCCCCCEC3FAA021034393130393431653262333232663630',1796119707752965);
INSERT INTO "request_replays" VALUES('ann','cd862e30-3a9f-4b03-b1e1-b8128b92f118','d3579fdf44a8b03b1308c9ce01839ed421a34a74a2f44d7ed4ffb6f7b46ed1e1',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F32122430316132326265642D363463622D373531632D623565352D626137643730333263663862180222477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C0023002520E0A0361756311666666666666EE3F5A046E6F6E656001721372352E343931303934316532623332326636307A0C089B96B5D80610C8B2BA930382010C089B96B5D80610C8B2BA9303920103616E6E9801058A022D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31AA021034393130393431653262333232663630',1796119707846119);
INSERT INTO "request_replays" VALUES('ann','1e87290e-0ee5-4679-95d2-1cd7f3b5d207','c41241347a229c7b1eb473d8d271077417c1a593ea254337ef4e8904fcf6ad6d',X'0A5E6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F322F6576616C756174696F6E732F30316132326265642D363464362D376433362D386539392D653130373338663663353661120C67733A2F2F686F6C646F7574320E0A0361756311B81E85EB51B8EE3F52477368613235363A333831656365376134656239363264333736333462353364373330653330366130376135393731323733393934363263386134376462346263613263373432645A03616E6E620C089B96B5D80610E8E5CB99036806721034393130393431653262333232663630',1796119707858984);
INSERT INTO "request_replays" VALUES('ann','1d77b3e4-44a3-43c9-b799-eab2b20584ba','cb511076c9c3cc9115e8fee080e2dbe96acde4c0d82d15cfb96be9a965c4b37d',X'0A5F6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F322F6174746573746174696F6E732F30316132326265642D363465332D376237622D623538612D3237636262623237363632311204736C73611A477368613235363A61626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162616261626162220263692A03616E6E320C089B96B5D8061080ABC7A0033807421034393130393431653262333232663630',1796119707873597);
INSERT INTO "request_replays" VALUES('ann','1832acdc-229d-47b0-b7f7-6824ecac7cd7','1cdfe80ed4b058ecdacc411fdd35386b6998cba3143bfc7428520b3e9a936998',X'0AC0010A476E616D657370616365732F64656661756C742F6C696E656167652F7265636F7264732F30363538336532352D616438612D633466342D353237652D31626433316134646661383912600A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F3210041A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31320C089B96B5D80610909498AD033A03616E6E400810081A1034393130393431653262333232663630',1796119707900085);
INSERT INTO "request_replays" VALUES('ann','d8564e46-4237-4e78-ae47-8b8334ddd044','2cec126d14ed9113251e74b8de59bf81e4c49f0341e0c9ec62e10eb762090904',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31122430316132326265642D363437332D373531392D623431322D346635306634666139643331180122477368613235363A38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580C0023002420C0A047465616D12047269736B4A090A0474696572120131520E0A03617563111F85EB51B81EED3F5A0773746167696E6760016A0963616E646964617465721372392E343931303934316532623332326636307A0C089B96B5D80610F8DC84E70282010C089B96B5D80610E0D6F2B303920103616E6E98010982021F0A1067733A2F2F72656C65617365642F713312097368613235363A6161180192020C0A0665706F636873120232309A021B0A03616765120334302B188105220361756329CDCCCCCCCCCCEC3FAA021034393130393431653262333232663630',1796119707914149);
INSERT INTO "request_replays" VALUES('ann','aeab7838-0c4a-4293-adef-b183783f4ec8','501c605b6e0852aa190d9a6c47847b29624f1194521c043ac7c23baad135c411',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31122430316132326265642D363437332D373531392D623431322D346635306634666139643331180122477368613235363A38323134663161393330663030303565356535383535343533636361306365356366353733383335623764373936663765366135393266366564623263353261289580C0023002420C0A047465616D12047269736B4A090A0474696572120131520E0A03617563111F85EB51B81EED3F5A0A70726F64756374696F6E60016A0963616E64696461746572147231302E343931303934316532623332326636307A0C089B96B5D80610F8DC84E70282010C089B96B5D80610D892A2C303920103616E6E98010A82021F0A1067733A2F2F72656C65617365642F713312097368613235363A6161180192020C0A0665706F636873120232309A021B0A03616765120334302B188105220361756329CDCCCCCCCCCCEC3FAA021034393130393431653262333232663630',1796119707946388);
INSERT INTO "request_replays" VALUES('ann','cce2320a-83f3-44ff-aaf6-fe80f95d58f4','a46ededb9724435a5abdfea79381219c220ef933cf9ef5da253af67c50a8b393',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F32122430316132326265642D363463622D373531632D623565352D626137643730333263663862180222477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C0023002520E0A0361756311666666666666EE3F5A0773746167696E67600172147231312E343931303934316532623332326636307A0C089B96B5D80610C8B2BA930382010C089B96B5D80610B889DCC903920103616E6E98010B8A022D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31AA021034393130393431653262333232663630',1796119707959915);
INSERT INTO "request_replays" VALUES('ann','4ec19890-dcd3-4ce4-833b-10247e4a7907','8a3d95a245d4e2c45187eec27d1076080809a982c14107ca0b1ae3898f4e933f',X'0A2C6E616D657370616365732F64656661756C742F706F6C69636965732F72656C65617365642D7175616C6974791001220A70726F64756374696F6E2A0872656C656173656432170A0361756310011A0E0A0361756321CDCCCCCCCCCCEC3F3A1D0A047269736B120976616C69646174656418012208617070726F76657252477368613235363A3464313465613334373566386237366265613362666261356636366362303762343632316363366334333336306530343435343865386465633330386636383762147231322E343931303934316532623332326636306A03616E6E720C089B96B5D80610E89B95CF03780C82011034393130393431653262333232663630',1796119707971337);
INSERT INTO "request_replays" VALUES('ann','4591ed16-f8e0-48f8-b5fd-1f59358d1616','c4f43bb2cab7d08beaa25a017d5f942de95f53f7cf5294c88f5e449eac934aee',X'0A436E616D657370616365732F64656661756C742F7472616E736974696F6E732F30316132326265642D363536332D376565352D626435302D6533353638323965393839351001180122D9010A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F32120773746167696E671A0A70726F64756374696F6E321272656C65617365642D7175616C69747940313A7F0A1272656C65617365642D7175616C697479403112036175631A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F3220012A1F61756320697320302E39362C2061732077616E7465643A20E289A520302E393A036175634207E289A520302E394A04302E39362A03616E6E32066265747465723A310A1272656C65617365642D7175616C697479403112047269736B1A0976616C69646174656420013208617070726F7665724A477368613235363A37333663383165643665636333336635366238313665326164656263386436623263306539316431633234656565613731666365383363666435393134626532520A089C96B5D8061098C80F5A0A089CB0D3D9061098C80F780D82011034393130393431653262333232663630',1796119708000264);
INSERT INTO "request_replays" VALUES('ben','d94d7095-03ac-4b94-9642-e47f3605681e','5f0d1c1bcbfdd788098fe77a777969b797e243a27575e337a7ebb308e0d06277',X'0A436E616D657370616365732F64656661756C742F7472616E736974696F6E732F30316132326265642D363536332D376565352D626435302D6533353638323965393839351001180322D9010A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F32120773746167696E671A0A70726F64756374696F6E321272656C65617365642D7175616C69747940313A7F0A1272656C65617365642D7175616C697479403112036175631A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F3220012A1F61756320697320302E39362C2061732077616E7465643A20E289A520302E393A036175634207E289A520302E394A04302E39362A03616E6E32066265747465723A330A1272656C65617365642D7175616C697479403112047269736B1A0976616C696461746564200128013208617070726F7665724299010A0362656E1208617070726F7665721801221572656C65617365642D7175616C6974792F7269736B2A0976616C696461746564320C6C6F6F6B65642061742069743A0B089C96B5D80610A0FFC50842477368613235363A3733366338316564366563633333663536623831366532616465626338643662326330653931643163323465656561373166636538336366643539313462653248014A477368613235363A37333663383165643665636333336635366238313665326164656263386436623263306539316431633234656565613731666365383363666435393134626532520A089C96B5D8061098C80F5A0A089CB0D3D9061098C80F6A0B089C96B5D80610A0FFC508780E82011034393130393431653262333232663630',1796119708017930);
INSERT INTO "request_replays" VALUES('ann','1972626c-325f-401b-b3e4-032adc7c95f5','118c9458f03834c35626d7a9d78a072ee3c4e2f44143faa5ca0187be813ae7f9',X'0A436E616D657370616365732F64656661756C742F7472616E736974696F6E732F30316132326265642D363539342D373936652D613538642D6561376136333531616362661002180322740A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31120861726368697665641A0A70726F64756374696F6E2A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F322A03616E6E320A636F6D706C61696E7473520B089C96B5D80610A8C2E9155A0B089C96B5D80610A8C2E9156A0B089C96B5D80610A8C2E915780F82011034393130393431653262333232663630',1796119708045778);
INSERT INTO "request_replays" VALUES('ann','6063cad6-7a03-4d0c-8364-14dbf4cb2198','b9c6bfccd8c723745014148b84623a5a0930beb9ef3a87c78ad5f918567047f2',X'0A226E616D657370616365732F64656661756C742F6D6F64656C732F72656C6561736564122430316132326265642D363436642D373439312D383563612D6435373832356635326332611A0764657465637473220C0A047465616D12047269736B2A047269736B32147231362E343931303934316532623332326636303A0C089B96B5D80610F8DC84E702420B089C96B5D80610D0A0B5245203616E6E581060026A1034393130393431653262333232663630',1796119708076377);
INSERT INTO "request_replays" VALUES('ann','269352ad-f7a8-4dbc-9fe2-fcea7edbb262','cfbe10a0612ec0b9196d1ea33eaf074e9c6ae1656bbe15e38c2d00037a98c3e5',X'0A2D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F32122430316132326265642D363463622D373531632D623565352D626137643730333263663862180222477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230024A0F0A0872657669657765641203796573520E0A0361756311666666666666EE3F5A086172636869766564600172147231372E343931303934316532623332326636307A0C089B96B5D80610C8B2BA930382010B089C96B5D80610E8E1E428920103616E6E9801118A022D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F31AA021034393130393431653262333232663630',1796119708085544);
INSERT INTO "request_replays" VALUES('ann','3b5cff08-6522-4852-b296-74bd6533ccd6','e06d5ea20a657f16004be5c3c9bccb5f57f2cc5b38fd25879ed0fd997257a224',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F616C69617365732F6368616D70696F6E122D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F321A147231382E34393130393431653262333232663630220B089C96B5D80610E08AE82C2A03616E6E30123A1034393130393431653262333232663630',1796119708093987);
INSERT INTO "request_replays" VALUES('ann','b9941786-e8e2-4e04-93d8-36789c084146','330e5e4cb34769c4d18a7283112fdcf936a92863d5225625e30cc70ee63ff55a',X'0A2E6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F616C69617365732F6F6C64122D6E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642F76657273696F6E732F311A147231392E34393130393431653262333232663630220B089C96B5D80610E8DCA4302A03616E6E30133A1034393130393431653262333232663630',1796119708101272);
INSERT INTO "request_replays" VALUES('ann','6fadcd89-bcf8-4db0-ab58-4e0484be1200','df3ea0d35ed393d9acc7abad6c3b82c06fabc1706a8d5a10ce23dedd6bbe0f5c',X'0814121034393130393431653262333232663630',1796119708109130);
INSERT INTO "request_replays" VALUES('ann','9f2455a8-bb9b-4b94-a354-cc177093901d','cb2e330778b26beadf33119bfa2f2c14de177e55cd5b5aac2b2c7c135e2b8bc3',X'0A1D6E616D657370616365732F72656C65617365642D6E616D6573706163651A0B089C96B5D80610B0B5BE372203616E6E2815308080403A147232312E34393130393431653262333232663630421034393130393431653262333232663630',1796119708116374);
INSERT INTO "request_replays" VALUES('ann','1e2191a1-181c-4bea-9d20-eaadb19cdcba','070c2647d9c16619122ee0491c424bbdedb01d5e11501d39ca71759bcdd77c57',X'0A256E616D657370616365732F64656661756C742F726567697374726174696F6E536368656D6110012A0032147232322E343931303934316532623332326636303A03616E6E420B089C96B5D80610D0C2BB3A4816521034393130393431653262333232663630',1796119708122616);
INSERT INTO "request_replays" VALUES('ann','9a0a3790-b61f-4344-8d94-99f6e6842b92','ea9cff563a939a28b362d4e4379cfd8a23fa082499dd950a5b3b8cc75d941ea8',X'0A1D6E616D657370616365732F64656661756C742F7374616765477261706812060A046E6F6E6512090A0773746167696E67120E0A0A70726F64756374696F6E1001120A0A0861726368697665641A0F0A046E6F6E65120773746167696E671A100A046E6F6E65120861726368697665641A150A0773746167696E67120A70726F64756374696F6E1A0F0A0773746167696E6712046E6F6E651A130A0773746167696E67120861726368697665641A160A0A70726F64756374696F6E120861726368697665641A120A0A70726F64756374696F6E12046E6F6E651A130A086172636869766564120773746167696E671A100A08617263686976656412046E6F6E652A1372302E343931303934316532623332326636304A1034393130393431653262333232663630',1796119708141364);
INSERT INTO "request_replays" VALUES('ann','d3af900c-f7b9-402e-8377-ee125b0d3bfe','06fabe7feb2475eb145551aca592d1b75cb7ae245d09e7879cb9800df21c565d',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F31122430316132326265642D363635642D373036352D613035642D346632313532623837316436180122477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600172147232332E343931303934316532623332326636307A0B089C96B5D80610C0F2D47782010B089C96B5D80610C0F2D477920103616E6E980117AA021034393130393431653262333232663630',1796119708250962);
INSERT INTO "request_replays" VALUES('ann','05ff210d-0eca-4d44-9cd5-8cafe5460dde','8cf28e54be91a243763eb9e34778679e02333c4a0b9abc38407ad9185e350dfc',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F32122430316132326265642D363638652D373766342D393639332D623035633666303162323963180222477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600172147232342E343931303934316532623332326636307A0C089C96B5D8061080B18D8F0182010C089C96B5D8061080B18D8F01920103616E6E980118AA021034393130393431653262333232663630',1796119708300120);
INSERT INTO "request_replays" VALUES('ann','138b6c65-c88a-45a8-8fbd-20f0dc66ec43','001470306d74c7a71ee5b7aa294d342f3c2cc26ce7393d15418059fb246ec7f6',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F33122430316132326265642D363662612D373239322D626137332D623761353232633666363934180322477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600172147232352E343931303934316532623332326636307A0C089C96B5D80610D8BEAFA40182010C089C96B5D80610D8BEAFA401920103616E6E980119AA021034393130393431653262333232663630',1796119708344720);
INSERT INTO "request_replays" VALUES('ann','0aef4809-3fb7-42dd-856b-60ed6b68643a','d4656154d82b3a899d1caef337dfe454fc4f0840e7ceee855707497eef12e634',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F34122430316132326265642D363731312D376133372D393061652D326432353535643234643765180422477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600172147232362E343931303934316532623332326636307A0C089C96B5D80610B89BDCCD0182010C089C96B5D80610B89BDCCD01920103616E6E98011AAA021034393130393431653262333232663630',1796119708431436);
INSERT INTO "request_replays" VALUES('ann','2ba217e7-7a89-4b7b-b60a-1e2fad7a3656','b0b495984727062257d2613ed0c8a551e22ead12db40f23756a551b7db640d9d',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F31122430316132326265642D363635642D373036352D613035642D346632313532623837316436180122477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600372147232372E343931303934316532623332326636307A0B089C96B5D80610C0F2D47782010C089C96B5D80610989FEED101920103616E6E98011BAA021034393130393431653262333232663630',1796119708440118);
INSERT INTO "request_replays" VALUES('ann','39fe7d23-beaa-4ff5-b1dc-df76f77eb9e3','97c5fc8bdb17627d34872a94a1e5b734d6c0b15ac2f648a835cb3ea6fa6ee75c',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F31122430316132326265642D363635642D373036352D613035642D346632313532623837316436180122477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600172147232382E343931303934316532623332326636307A0B089C96B5D80610C0F2D47782010C089C96B5D80610F895AED601920103616E6E98011CAA021034393130393431653262333232663630',1796119708449554);
INSERT INTO "request_replays" VALUES('ann','07a7260c-91c0-4af9-a271-2f734d04501c','433cefce349b196a786d9f452ababc565b4fa539e342bce29b6543d445e87af0',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F32122430316132326265642D363638652D373766342D393639332D623035633666303162323963180222477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600472147232392E343931303934316532623332326636307A0C089C96B5D8061080B18D8F0182010C089C96B5D80610A8FEFAD901920103616E6E98011DAA021034393130393431653262333232663630',1796119708457104);
INSERT INTO "request_replays" VALUES('ann','03b43c3c-5a2f-4242-a113-61c5962fe770','4f01b02460f1d2057645ffac2445da332d12f71cd968b888571d0f5f7b14e2dc',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F33122430316132326265642D363662612D373239322D626137332D623761353232633666363934180322477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600572147233302E343931303934316532623332326636307A0C089C96B5D80610D8BEAFA40182010C089C96B5D80610E08FF1DD01920103616E6E98011EAA021034393130393431653262333232663630',1796119708465331);
INSERT INTO "request_replays" VALUES('ann','498d39a8-649c-41ee-a71d-e0e9fbc8a60b','ba7c3f58c91decd715d5b9d4c814d8046212d4797a5363fd9994fa7ffcd721ef',X'0A336E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F746865722F76657273696F6E732F34122430316132326265642D363731312D376133372D393061652D326432353535643234643765180422477368613235363A34633162663830363766626339643661636237376364303937643238656562623162616134353536306563623863343336303731636332616561626636616431289580C00230025A046E6F6E65600272147233312E343931303934316532623332326636307A0C089C96B5D80610B89BDCCD0182010C089C96B5D8061080D6D8E1018A010C089C96B5D8061080D6D8E101920103616E6E98011FAA021034393130393431653262333232663630',1796119708473319);
INSERT INTO "request_replays" VALUES('ann','4415e8aa-821e-4bab-af91-2df3a1068d09','6f80ff34bf88e1cdcb4ec5f073317a963b18081d34eeba497f316f58ce08f0d6',X'0A286E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F74686572122430316132326265642D363635622D373962342D616362352D37663939626166633365666532147233322E343931303934316532623332326636303A0B089C96B5D80610C0F2D477420C089C96B5D80610C8F0D9E9014A0C089C96B5D80610C8F0D9E9015203616E6E582060016A1034393130393431653262333232663630',1796119708490116);
INSERT INTO "request_replays" VALUES('ann','7c424c0f-4c8e-4d8f-8eaf-dbaa620bf8b6','a5693bb06ffe46c4bcea9d97ea2e305469443651e8aafaeb270de2553d5c83a3',X'0A286E616D657370616365732F64656661756C742F6D6F64656C732F72656C65617365642D6F74686572122430316132326265642D363635622D373962342D616362352D37663939626166633365666532147233332E343931303934316532623332326636303A0B089C96B5D80610C0F2D477420C089C96B5D80610B88384ED015203616E6E582160016A1034393130393431653262333232663630',1796119708497098);
CREATE TABLE retention (
	id INTEGER NOT NULL, 
	audit_days INTEGER NOT NULL, 
	CONSTRAINT pk_retention PRIMARY KEY (id), 
	CONSTRAINT ck_retention_one_row CHECK (id = 1), 
	CONSTRAINT ck_retention_days CHECK (audit_days >= 0)
);
INSERT INTO "retention" VALUES(1,0);
CREATE TABLE revision_counter (
	id INTEGER NOT NULL, 
	revision BIGINT NOT NULL, 
	last_time BIGINT NOT NULL, compacted BIGINT DEFAULT '0' NOT NULL, trimmed BIGINT DEFAULT '0' NOT NULL, refused BIGINT DEFAULT '0' NOT NULL, refused_trimmed BIGINT DEFAULT '0' NOT NULL, history TEXT DEFAULT '' NOT NULL, held BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_revision_counter PRIMARY KEY (id), 
	CONSTRAINT ck_revision_counter_one_row CHECK (id = 1)
);
INSERT INTO "revision_counter" VALUES(1,36,1796033308700741,0,0,1,0,'4910941e2b322f60',0);
CREATE TABLE stage_entries (
	model_uid CHAR(32) NOT NULL, 
	revision BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	stage TEXT NOT NULL, 
	previous TEXT NOT NULL, 
	time BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_stage_entries PRIMARY KEY (model_uid, revision, number), 
	CONSTRAINT fk_stage_entries_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid)
);
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',9,1,'staging','none',1796033307914140,'ann','');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',10,1,'production','staging',1796033307946375,'ann','');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',11,2,'staging','none',1796033307959907,'ann','');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',14,1,'archived','production',1796033308017924,'ann','better');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',14,2,'production','staging',1796033308017924,'ann','better');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',15,2,'archived','production',1796033308045769,'ann','complaints');
INSERT INTO "stage_entries" VALUES('01a22bed646d749185cad57825f52c2a',15,1,'production','archived',1796033308045769,'ann','complaints');
CREATE TABLE stage_graphs (
	namespace TEXT NOT NULL, 
	revision BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	actor TEXT NOT NULL, 
	graph JSON NOT NULL, 
	CONSTRAINT pk_stage_graphs PRIMARY KEY (namespace, revision), 
	CONSTRAINT fk_stage_graphs_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
CREATE TABLE tokens (
	id TEXT NOT NULL, 
	secret_hash BLOB NOT NULL, 
	principal TEXT NOT NULL, 
	role TEXT NOT NULL, 
	create_time BIGINT NOT NULL, 
	expire_time BIGINT, 
	revoke_time BIGINT, use_time BIGINT, 
	CONSTRAINT pk_tokens PRIMARY KEY (id), 
	CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash)
);
INSERT INTO "tokens" VALUES('11e20b728520',X'D026B627A6115692A9C3814DB80594D92F9903C32DBC2159BCAFE5D010521E7E','ann','admin',1796033307249911,NULL,NULL,1796033308696947);
INSERT INTO "tokens" VALUES('5c482574bb5c',X'747087E1106CF31B172A70D10F0A35D02A9610EAFF2693BE97FF29644D31C3D4','ben','approver',1796033307275163,NULL,NULL,1796033308699170);
INSERT INTO "tokens" VALUES('e7b352855e30',X'8AE2BBA8D92698234A0BB77ABE1B8C7F5ACD611F031FF2ADAA2F5C14290BEC01','eve','reader',1796033307276432,NULL,NULL,1796033308700466);
CREATE TABLE transition_moves (
	model_uid CHAR(32) NOT NULL, 
	transition_uid CHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	CONSTRAINT pk_transition_moves PRIMARY KEY (model_uid, transition_uid, number), 
	CONSTRAINT fk_transition_moves_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid), 
	CONSTRAINT fk_transition_moves_transition_uid FOREIGN KEY(transition_uid) REFERENCES transitions (uid)
);
INSERT INTO "transition_moves" VALUES('01a22bed646d749185cad57825f52c2a','01a22bed65637ee5bd50e356829e9895',2);
INSERT INTO "transition_moves" VALUES('01a22bed646d749185cad57825f52c2a','01a22bed6594796ea58dea7a6351acbf',1);
CREATE TABLE transitions (
	uid CHAR(32) NOT NULL, 
	namespace TEXT NOT NULL, 
	state TEXT NOT NULL, 
	due BIGINT, 
	revision BIGINT NOT NULL, 
	document JSON NOT NULL, 
	CONSTRAINT pk_transitions PRIMARY KEY (uid), 
	CONSTRAINT fk_transitions_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
INSERT INTO "transitions" VALUES('01a22bed65637ee5bd50e356829e9895','default','applied',NULL,14,'{"name":"namespaces/default/transitions/01a22bed-6563-7ee5-bd50-e356829e9895","category":"promotion","state":"applied","moves":[{"version":"namespaces/default/models/released/versions/2","from_stage":"staging","to_stage":"production","alias":null,"previous":null,"policies":["released-quality@1"],"findings":[{"policy":"released-quality@1","rule":"auc","version":"namespaces/default/models/released/versions/2","outcome":"passed","message":"auc is 0.96, as wanted: ≥ 0.9","subject":"","metric":"auc","expected":"≥ 0.9","actual":"0.96"}]}],"requester":"ann","reason":"better","create_time":"2026-11-30T10:08:28.000255+00:00","expire_time":"2026-12-30T10:08:28.000255+00:00","revision":14,"authors":["ann"],"needs":[{"policy":"released-quality@1","requirement":"risk","meaning":"validated","count":1,"roles":["approver"],"allow_requester":false,"allow_author":false}],"approvals":[{"actor":"ben","role":"approver","approved":true,"requirement":"released-quality/risk","meaning":"validated","comment":"looked at it","time":"2026-11-30T10:08:28.017924+00:00","binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2"}],"wait":0,"binding":"sha256:736c81ed6ecc33f56b816e2adebc8d6b2c0e91d1c24eeea71fce83cfd5914be2","apply_time":null,"end_time":"2026-11-30T10:08:28.017924+00:00","cause":""}');
INSERT INTO "transitions" VALUES('01a22bed6594796ea58dea7a6351acbf','default','applied',NULL,15,'{"name":"namespaces/default/transitions/01a22bed-6594-796e-a58d-ea7a6351acbf","category":"rollback","state":"applied","moves":[{"version":"namespaces/default/models/released/versions/1","from_stage":"archived","to_stage":"production","alias":null,"previous":"namespaces/default/models/released/versions/2","policies":[],"findings":[]}],"requester":"ann","reason":"complaints","create_time":"2026-11-30T10:08:28.045769+00:00","expire_time":"2026-11-30T10:08:28.045769+00:00","revision":15,"authors":[],"needs":[],"approvals":[],"wait":0,"binding":"","apply_time":null,"end_time":"2026-11-30T10:08:28.045769+00:00","cause":""}');
CREATE TABLE uploads (
	uid CHAR(32) NOT NULL, 
	namespace TEXT NOT NULL, 
	digest VARCHAR(64), 
	size BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	creator TEXT NOT NULL, 
	create_time BIGINT NOT NULL, 
	expire_time BIGINT NOT NULL, 
	committed BIGINT NOT NULL, 
	session BIGINT NOT NULL, 
	epoch BIGINT NOT NULL, 
	already_existed BOOLEAN NOT NULL, 
	checkpoint BLOB NOT NULL, 
	store_state BLOB NOT NULL, 
	CONSTRAINT pk_uploads PRIMARY KEY (uid), 
	CONSTRAINT fk_uploads_namespace FOREIGN KEY(namespace) REFERENCES namespaces (namespace)
);
INSERT INTO "uploads" VALUES('01a22bed637e7f17bdef6a7d7f0c29a4','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'committed','ann',1796033307511432,1796119707700296,5242880,1,3,0,X'',X'');
CREATE TABLE version_files (
	version_uid CHAR(32) NOT NULL, 
	path TEXT NOT NULL, 
	namespace TEXT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	media_type TEXT NOT NULL, 
	CONSTRAINT pk_version_files PRIMARY KEY (version_uid, path), 
	CONSTRAINT fk_version_files_version_uid FOREIGN KEY(version_uid) REFERENCES versions (uid)
)
 WITHOUT ROWID

;
INSERT INTO "version_files" VALUES('01a22bed64737519b4124f50f4fa9d31','small.json','default','3d0d604e11e0257cb685f886da367d6b268d56889f983c3cdc9458df40c53a9c',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed64737519b4124f50f4fa9d31','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
INSERT INTO "version_files" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','small.json','default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
INSERT INTO "version_files" VALUES('01a22bed665d7065a05d4f2152b871d6','small.json','default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed665d7065a05d4f2152b871d6','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
INSERT INTO "version_files" VALUES('01a22bed668e77f49693b05c6f01b29c','small.json','default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed668e77f49693b05c6f01b29c','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
INSERT INTO "version_files" VALUES('01a22bed66ba7292ba73b7a522c6f694','small.json','default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed66ba7292ba73b7a522c6f694','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
INSERT INTO "version_files" VALUES('01a22bed67117a3790ae2d2555d24d7e','small.json','default','3c64eecfce86241b5b2ba54d559074f5cdbbcae35038ddfb8dca8e8157cea779',21,'application/json');
INSERT INTO "version_files" VALUES('01a22bed67117a3790ae2d2555d24d7e','weights.bin','default','0b0df478dbbc31d3318a72b0cc1e44721b2ca899e08acc3a446bd27affa9313d',5242880,'application/octet-stream');
CREATE TABLE version_heads (
	uid CHAR(32) NOT NULL, 
	model_uid CHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	labels JSON NOT NULL, 
	stage TEXT NOT NULL, 
	stage_revision BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	update_time BIGINT NOT NULL, 
	delete_time BIGINT, 
	revision BIGINT NOT NULL, 
	CONSTRAINT pk_version_heads PRIMARY KEY (uid), 
	CONSTRAINT fk_version_heads_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid), 
	CONSTRAINT fk_version_heads_uid FOREIGN KEY(uid) REFERENCES versions (uid), 
	CONSTRAINT uq_version_heads_model_uid_number UNIQUE (model_uid, number)
);
INSERT INTO "version_heads" VALUES('01a22bed64737519b4124f50f4fa9d31','01a22bed646d749185cad57825f52c2a',1,'{"tier":"1"}','production',15,'active',1796033308045769,NULL,15);
INSERT INTO "version_heads" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','01a22bed646d749185cad57825f52c2a',2,'{"reviewed":"yes"}','archived',15,'active',1796033308085537,NULL,17);
INSERT INTO "version_heads" VALUES('01a22bed665d7065a05d4f2152b871d6','01a22bed665b79b4acb57f99bafc3efe',1,'{}','none',23,'active',1796033308449547,NULL,28);
INSERT INTO "version_heads" VALUES('01a22bed668e77f49693b05c6f01b29c','01a22bed665b79b4acb57f99bafc3efe',2,'{}','none',24,'yanked',1796033308457097,NULL,29);
INSERT INTO "version_heads" VALUES('01a22bed66ba7292ba73b7a522c6f694','01a22bed665b79b4acb57f99bafc3efe',3,'{}','none',25,'revoked',1796033308465324,NULL,30);
INSERT INTO "version_heads" VALUES('01a22bed67117a3790ae2d2555d24d7e','01a22bed665b79b4acb57f99bafc3efe',4,'{}','none',26,'deleted',1796033308473312,1796033308473312,31);
CREATE TABLE version_states (
	model_uid CHAR(32) NOT NULL, 
	revision BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	state TEXT NOT NULL, 
	time BIGINT NOT NULL, 
	CONSTRAINT pk_version_states PRIMARY KEY (model_uid, revision, number), 
	CONSTRAINT fk_version_states_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid)
);
INSERT INTO "version_states" VALUES('01a22bed665b79b4acb57f99bafc3efe',27,1,'deprecated',1796033308440111);
INSERT INTO "version_states" VALUES('01a22bed665b79b4acb57f99bafc3efe',28,1,'active',1796033308449547);
INSERT INTO "version_states" VALUES('01a22bed665b79b4acb57f99bafc3efe',29,2,'yanked',1796033308457097);
INSERT INTO "version_states" VALUES('01a22bed665b79b4acb57f99bafc3efe',30,3,'revoked',1796033308465324);
INSERT INTO "version_states" VALUES('01a22bed665b79b4acb57f99bafc3efe',31,4,'deleted',1796033308473312);
CREATE TABLE versions (
	uid CHAR(32) NOT NULL, 
	model_uid CHAR(32) NOT NULL, 
	number BIGINT NOT NULL, 
	root_digest VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	file_count BIGINT NOT NULL, 
	creator TEXT NOT NULL, 
	create_time BIGINT NOT NULL, 
	description TEXT NOT NULL, 
	tags JSON NOT NULL, 
	metrics JSON NOT NULL, 
	params JSON NOT NULL, 
	detail JSON NOT NULL, detail_bytes BIGINT, 
	CONSTRAINT pk_versions PRIMARY KEY (uid), 
	CONSTRAINT ck_versions_number CHECK (number >= 1), 
	CONSTRAINT fk_versions_model_uid FOREIGN KEY(model_uid) REFERENCES models (uid), 
	CONSTRAINT uq_versions_model_uid_number UNIQUE (model_uid, number)
);
INSERT INTO "versions" VALUES('01a22bed64737519b4124f50f4fa9d31','01a22bed646d749185cad57825f52c2a',1,'8214f1a930f0005e5e5855453cca0ce5cf573835b7d796f7e6a592f6edb2c52a',5242901,2,'ann',1796033307752955,'','{"team":"risk"}','{"auc":0.91}','{"epochs":"20"}','{"environment":null,"source":null,"inputs":[{"uri":"gs://released/q3","digest":"sha256:aa","role":"training"}],"parents":[],"params":{},"slices":[{"dimension":"age","value":"40+","count":641,"metric":"auc","result":0.9,"interval":null}],"signature":null}',149);
INSERT INTO "versions" VALUES('01a22bed64cb751cb5e5ba7d7032cf8b','01a22bed646d749185cad57825f52c2a',2,'4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1',5242901,2,'ann',1796033307846109,'','{}','{"auc":0.95}','{}','{"environment":null,"source":null,"inputs":[],"parents":["namespaces/default/models/released/versions/1"],"params":{},"slices":[],"signature":null}',63);
INSERT INTO "versions" VALUES('01a22bed665d7065a05d4f2152b871d6','01a22bed665b79b4acb57f99bafc3efe',1,'4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1',5242901,2,'ann',1796033308250952,'','{}','{}','{}','{"environment":null,"source":null,"inputs":[],"parents":[],"params":{},"slices":[],"signature":null}',6);
INSERT INTO "versions" VALUES('01a22bed668e77f49693b05c6f01b29c','01a22bed665b79b4acb57f99bafc3efe',2,'4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1',5242901,2,'ann',1796033308300112,'','{}','{}','{}','{"environment":null,"source":null,"inputs":[],"parents":[],"params":{},"slices":[],"signature":null}',6);
INSERT INTO "versions" VALUES('01a22bed66ba7292ba73b7a522c6f694','01a22bed665b79b4acb57f99bafc3efe',3,'4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1',5242901,2,'ann',1796033308344711,'','{}','{}','{}','{"environment":null,"source":null,"inputs":[],"parents":[],"params":{},"slices":[],"signature":null}',6);
INSERT INTO "versions" VALUES('01a22bed67117a3790ae2d2555d24d7e','01a22bed665b79b4acb57f99bafc3efe',4,'4c1bf8067fbc9d6acb77cd097d28eebb1baa45560ecb8c436071cc2aeabf6ad1',5242901,2,'ann',1796033308431427,'','{}','{}','{}','{"environment":null,"source":null,"inputs":[],"parents":[],"params":{},"slices":[],"signature":null}',6);
CREATE INDEX ix_models_live ON models (namespace, model_id) WHERE delete_time IS NULL;
CREATE INDEX ix_model_lifecycle_model_uid_time_revision ON model_lifecycle (model_uid, time, revision);
CREATE INDEX ix_versions_model_uid_create_time_number ON versions (model_uid, create_time, number);
CREATE INDEX ix_versions_model_uid_root_digest_create_time_number ON versions (model_uid, root_digest, create_time, number);
CREATE INDEX ix_version_heads_live ON version_heads (model_uid, number) WHERE delete_time IS NULL;
CREATE INDEX ix_version_heads_model_uid_stage_stage_revision_number ON version_heads (model_uid, stage, stage_revision, number);
CREATE INDEX ix_version_files_namespace_sha256 ON version_files (namespace, sha256);
CREATE INDEX ix_aliases_model_uid_number ON aliases (model_uid, number);
CREATE INDEX ix_alias_entries_model_uid_alias_time_revision ON alias_entries (model_uid, alias, time, revision);
CREATE INDEX ix_stage_entries_model_uid_number_time ON stage_entries (model_uid, number, time);
CREATE INDEX ix_stage_entries_model_uid_stage_time ON stage_entries (model_uid, stage, time);
CREATE INDEX ix_blobs_namespace_size ON blobs (namespace, size);
CREATE INDEX ix_blobs_in_doubt ON blobs (lease_until) WHERE in_doubt = 1;
CREATE INDEX ix_blobs_condemned ON blobs (deleting, condemned_time) WHERE condemned_time IS NOT NULL;
CREATE INDEX ix_uploads_state_expire_time ON uploads (state, expire_time);
CREATE INDEX ix_uploads_namespace_state_size ON uploads (namespace, state, size);
CREATE INDEX ix_request_replays_expire_time ON request_replays (expire_time);
CREATE INDEX ix_changes_time ON changes (time);
CREATE TRIGGER versions_keep_update BEFORE UPDATE ON versions BEGIN SELECT RAISE(ABORT, 'rows of versions cannot be changed'); END;
CREATE TRIGGER versions_keep_delete BEFORE DELETE ON versions BEGIN SELECT RAISE(ABORT, 'rows of versions cannot be changed'); END;
CREATE TRIGGER versions_keep_insert BEFORE INSERT ON versions WHEN EXISTS (SELECT 1 FROM versions WHERE uid = NEW.uid) OR EXISTS (SELECT 1 FROM versions WHERE model_uid = NEW.model_uid AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of versions cannot be changed'); END;
CREATE TRIGGER version_files_keep_update BEFORE UPDATE ON version_files BEGIN SELECT RAISE(ABORT, 'rows of version_files cannot be changed'); END;
CREATE TRIGGER version_files_keep_delete BEFORE DELETE ON version_files BEGIN SELECT RAISE(ABORT, 'rows of version_files cannot be changed'); END;
CREATE TRIGGER version_files_keep_insert BEFORE INSERT ON version_files WHEN EXISTS (SELECT 1 FROM version_files WHERE version_uid = NEW.version_uid AND path = NEW.path) BEGIN SELECT RAISE(ABORT, 'rows of version_files cannot be changed'); END;
CREATE TRIGGER model_lifecycle_keep_update BEFORE UPDATE ON model_lifecycle BEGIN SELECT RAISE(ABORT, 'rows of model_lifecycle cannot be changed'); END;
CREATE TRIGGER model_lifecycle_keep_delete BEFORE DELETE ON model_lifecycle BEGIN SELECT RAISE(ABORT, 'rows of model_lifecycle cannot be changed'); END;
CREATE TRIGGER model_lifecycle_keep_insert BEFORE INSERT ON model_lifecycle WHEN EXISTS (SELECT 1 FROM model_lifecycle WHERE model_uid = NEW.model_uid AND revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'rows of model_lifecycle cannot be changed'); END;
CREATE TRIGGER alias_entries_keep_update BEFORE UPDATE ON alias_entries BEGIN SELECT RAISE(ABORT, 'rows of alias_entries cannot be changed'); END;
CREATE TRIGGER alias_entries_keep_delete BEFORE DELETE ON alias_entries BEGIN SELECT RAISE(ABORT, 'rows of alias_entries cannot be changed'); END;
CREATE TRIGGER alias_entries_keep_insert BEFORE INSERT ON alias_entries WHEN EXISTS (SELECT 1 FROM alias_entries WHERE model_uid = NEW.model_uid AND alias = NEW.alias AND revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'rows of alias_entries cannot be changed'); END;
CREATE TRIGGER stage_entries_keep_update BEFORE UPDATE ON stage_entries BEGIN SELECT RAISE(ABORT, 'rows of stage_entries cannot be changed'); END;
CREATE TRIGGER stage_entries_keep_delete BEFORE DELETE ON stage_entries BEGIN SELECT RAISE(ABORT, 'rows of stage_entries cannot be changed'); END;
CREATE TRIGGER stage_entries_keep_insert BEFORE INSERT ON stage_entries WHEN EXISTS (SELECT 1 FROM stage_entries WHERE model_uid = NEW.model_uid AND revision = NEW.revision AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of stage_entries cannot be changed'); END;
CREATE INDEX ix_changes_namespace_revision_ordinal_name ON changes (namespace, revision, ordinal, name);
CREATE INDEX ix_changes_name_time_ordinal ON changes (name, time, ordinal);
CREATE INDEX ix_alias_entries_model_uid_number_time ON alias_entries (model_uid, number, time);
CREATE INDEX ix_lineage_edges_earlier_uid_role_later_uid ON lineage_edges (earlier_uid, role, later_uid);
CREATE INDEX ix_dataset_uses_digest ON dataset_uses (namespace, digest, version_uid, dataset_uid, role);
CREATE INDEX ix_dataset_uses_uri ON dataset_uses (namespace, uri_sha256, version_uid, dataset_uid, role);
CREATE INDEX ix_lineage_records_run_uid_event_type_event_time ON lineage_records (run_uid, event_type, event_time);
CREATE INDEX ix_lineage_records_run_uid_event_time_uid ON lineage_records (run_uid, event_time, uid);
CREATE TRIGGER lineage_nodes_keep_update BEFORE UPDATE ON lineage_nodes BEGIN SELECT RAISE(ABORT, 'rows of lineage_nodes cannot be changed'); END;
CREATE TRIGGER lineage_nodes_keep_delete BEFORE DELETE ON lineage_nodes BEGIN SELECT RAISE(ABORT, 'rows of lineage_nodes cannot be changed'); END;
CREATE TRIGGER lineage_nodes_keep_insert BEFORE INSERT ON lineage_nodes WHEN EXISTS (SELECT 1 FROM lineage_nodes WHERE uid = NEW.uid) BEGIN SELECT RAISE(ABORT, 'rows of lineage_nodes cannot be changed'); END;
CREATE TRIGGER lineage_edges_keep_update BEFORE UPDATE ON lineage_edges BEGIN SELECT RAISE(ABORT, 'rows of lineage_edges cannot be changed'); END;
CREATE TRIGGER lineage_edges_keep_delete BEFORE DELETE ON lineage_edges BEGIN SELECT RAISE(ABORT, 'rows of lineage_edges cannot be changed'); END;
CREATE TRIGGER lineage_edges_keep_insert BEFORE INSERT ON lineage_edges WHEN EXISTS (SELECT 1 FROM lineage_edges WHERE later_uid = NEW.later_uid AND role = NEW.role AND earlier_uid = NEW.earlier_uid) BEGIN SELECT RAISE(ABORT, 'rows of lineage_edges cannot be changed'); END;
CREATE TRIGGER dataset_uses_keep_update BEFORE UPDATE ON dataset_uses BEGIN SELECT RAISE(ABORT, 'rows of dataset_uses cannot be changed'); END;
CREATE TRIGGER dataset_uses_keep_delete BEFORE DELETE ON dataset_uses BEGIN SELECT RAISE(ABORT, 'rows of dataset_uses cannot be changed'); END;
CREATE TRIGGER dataset_uses_keep_insert BEFORE INSERT ON dataset_uses WHEN EXISTS (SELECT 1 FROM dataset_uses WHERE version_uid = NEW.version_uid AND dataset_uid = NEW.dataset_uid AND role = NEW.role) BEGIN SELECT RAISE(ABORT, 'rows of dataset_uses cannot be changed'); END;
CREATE TRIGGER lineage_records_keep_update BEFORE UPDATE ON lineage_records BEGIN SELECT RAISE(ABORT, 'rows of lineage_records cannot be changed'); END;
CREATE TRIGGER lineage_records_keep_delete BEFORE DELETE ON lineage_records BEGIN SELECT RAISE(ABORT, 'rows of lineage_records cannot be changed'); END;
CREATE TRIGGER lineage_records_keep_insert BEFORE INSERT ON lineage_records WHEN EXISTS (SELECT 1 FROM lineage_records WHERE uid = NEW.uid) BEGIN SELECT RAISE(ABORT, 'rows of lineage_records cannot be changed'); END;
CREATE INDEX ix_evaluations_version_uid_revision ON evaluations (version_uid, revision);
CREATE INDEX ix_attestations_version_uid_revision ON attestations (version_uid, revision);
CREATE INDEX ix_policies_namespace_to_stage_policy_id ON policies (namespace, to_stage, policy_id);
CREATE TRIGGER evaluations_keep_update BEFORE UPDATE ON evaluations BEGIN SELECT RAISE(ABORT, 'rows of evaluations cannot be changed'); END;
CREATE TRIGGER evaluations_keep_delete BEFORE DELETE ON evaluations BEGIN SELECT RAISE(ABORT, 'rows of evaluations cannot be changed'); END;
CREATE TRIGGER evaluations_keep_insert BEFORE INSERT ON evaluations WHEN EXISTS (SELECT 1 FROM evaluations WHERE uid = NEW.uid) BEGIN SELECT RAISE(ABORT, 'rows of evaluations cannot be changed'); END;
CREATE TRIGGER attestations_keep_update BEFORE UPDATE ON attestations BEGIN SELECT RAISE(ABORT, 'rows of attestations cannot be changed'); END;
CREATE TRIGGER attestations_keep_delete BEFORE DELETE ON attestations BEGIN SELECT RAISE(ABORT, 'rows of attestations cannot be changed'); END;
CREATE TRIGGER attestations_keep_insert BEFORE INSERT ON attestations WHEN EXISTS (SELECT 1 FROM attestations WHERE uid = NEW.uid) BEGIN SELECT RAISE(ABORT, 'rows of attestations cannot be changed'); END;
CREATE TRIGGER policy_revisions_keep_update BEFORE UPDATE ON policy_revisions BEGIN SELECT RAISE(ABORT, 'rows of policy_revisions cannot be changed'); END;
CREATE TRIGGER policy_revisions_keep_delete BEFORE DELETE ON policy_revisions BEGIN SELECT RAISE(ABORT, 'rows of policy_revisions cannot be changed'); END;
CREATE TRIGGER policy_revisions_keep_insert BEFORE INSERT ON policy_revisions WHEN EXISTS (SELECT 1 FROM policy_revisions WHERE namespace = NEW.namespace AND policy_id = NEW.policy_id AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of policy_revisions cannot be changed'); END;
CREATE TRIGGER registration_schemas_keep_update BEFORE UPDATE ON registration_schemas BEGIN SELECT RAISE(ABORT, 'rows of registration_schemas cannot be changed'); END;
CREATE TRIGGER registration_schemas_keep_delete BEFORE DELETE ON registration_schemas BEGIN SELECT RAISE(ABORT, 'rows of registration_schemas cannot be changed'); END;
CREATE TRIGGER registration_schemas_keep_insert BEFORE INSERT ON registration_schemas WHEN EXISTS (SELECT 1 FROM registration_schemas WHERE namespace = NEW.namespace AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of registration_schemas cannot be changed'); END;
CREATE INDEX ix_stage_graphs_namespace_time ON stage_graphs (namespace, time);
CREATE TRIGGER stage_graphs_keep_update BEFORE UPDATE ON stage_graphs BEGIN SELECT RAISE(ABORT, 'rows of stage_graphs cannot be changed'); END;
CREATE TRIGGER stage_graphs_keep_delete BEFORE DELETE ON stage_graphs BEGIN SELECT RAISE(ABORT, 'rows of stage_graphs cannot be changed'); END;
CREATE TRIGGER stage_graphs_keep_insert BEFORE INSERT ON stage_graphs WHEN EXISTS (SELECT 1 FROM stage_graphs WHERE namespace = NEW.namespace AND revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'rows of stage_graphs cannot be changed'); END;
CREATE INDEX ix_transitions_namespace_uid ON transitions (namespace, uid);
CREATE INDEX ix_transitions_due_uid ON transitions (due, uid);
CREATE INDEX ix_changes_model_revision_ordinal ON changes (model, revision, ordinal);
CREATE INDEX ix_changes_action_revision_ordinal ON changes (action, revision, ordinal);
CREATE INDEX ix_changes_actor_action_revision_ordinal ON changes (actor, action, revision, ordinal);
CREATE INDEX ix_refusals_revision_number ON refusals (revision, number);
CREATE INDEX ix_refusals_time_number ON refusals (time, number);
CREATE INDEX ix_refusals_namespace_number ON refusals (namespace, number);
CREATE INDEX ix_refusals_model_number ON refusals (model, number);
CREATE INDEX ix_refusals_action_number ON refusals (action, number);
CREATE INDEX ix_refusals_actor_action_number ON refusals (actor, action, number);
CREATE TRIGGER changes_keep_update BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'rows of changes cannot be changed'); END;
CREATE TRIGGER changes_keep_insert BEFORE INSERT ON changes WHEN EXISTS (SELECT 1 FROM changes WHERE revision = NEW.revision AND ordinal = NEW.ordinal) BEGIN SELECT RAISE(ABORT, 'rows of changes cannot be changed'); END;
CREATE TRIGGER changes_keep_delete BEFORE DELETE ON changes WHEN OLD.revision > (SELECT trimmed FROM revision_counter) BEGIN SELECT RAISE(ABORT, 'rows of changes cannot be changed: kept'); END;
CREATE TRIGGER refusals_keep_update BEFORE UPDATE ON refusals BEGIN SELECT RAISE(ABORT, 'rows of refusals cannot be changed'); END;
CREATE TRIGGER refusals_keep_insert BEFORE INSERT ON refusals WHEN EXISTS (SELECT 1 FROM refusals WHERE number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of refusals cannot be changed'); END;
CREATE TRIGGER refusals_keep_delete BEFORE DELETE ON refusals WHEN OLD.number > (SELECT refused_trimmed FROM revision_counter) BEGIN SELECT RAISE(ABORT, 'rows of refusals cannot be changed: kept'); END;
CREATE TRIGGER revision_counter_keep BEFORE UPDATE OF trimmed, refused, refused_trimmed ON revision_counter WHEN NEW.trimmed < OLD.trimmed OR NEW.trimmed > NEW.compacted OR NEW.refused < OLD.refused OR NEW.refused_trimmed < OLD.refused_trimmed OR NEW.refused_trimmed > NEW.refused BEGIN SELECT RAISE(ABORT, 'floors of revision_counter cannot be changed so'); END;
CREATE INDEX ix_version_states_model_uid_number_time_revision ON version_states (model_uid, number, time, revision);
CREATE INDEX ix_version_heads_followed ON version_heads (model_uid, number) WHERE state IN ('active', 'deprecated');
CREATE TRIGGER version_states_keep_update BEFORE UPDATE ON version_states BEGIN SELECT RAISE(ABORT, 'rows of version_states cannot be changed'); END;
CREATE TRIGGER version_states_keep_delete BEFORE DELETE ON version_states BEGIN SELECT RAISE(ABORT, 'rows of version_states cannot be changed'); END;
CREATE TRIGGER version_states_keep_insert BEFORE INSERT ON version_states WHEN EXISTS (SELECT 1 FROM version_states WHERE model_uid = NEW.model_uid AND revision = NEW.revision AND number = NEW.number) BEGIN SELECT RAISE(ABORT, 'rows of version_states cannot be changed'); END;
CREATE INDEX ix_moved_models_model_revision_ordinal ON moved_models (model, revision, ordinal);
CREATE TRIGGER moved_models_keep_update BEFORE UPDATE ON moved_models BEGIN SELECT RAISE(ABORT, 'rows of moved_models cannot be changed'); END;
CREATE TRIGGER moved_models_keep_insert BEFORE INSERT ON moved_models WHEN EXISTS (SELECT 1 FROM moved_models WHERE revision = NEW.revision AND ordinal = NEW.ordinal AND model = NEW.model) BEGIN SELECT RAISE(ABORT, 'rows of moved_models cannot be changed'); END;
CREATE TRIGGER moved_models_keep_delete BEFORE DELETE ON moved_models WHEN OLD.revision > (SELECT trimmed FROM revision_counter) BEGIN SELECT RAISE(ABORT, 'rows of moved_models cannot be changed: kept'); END;
CREATE INDEX ix_uploads_namespace_uid ON uploads (namespace, uid);
CREATE TRIGGER changes_next BEFORE INSERT ON changes WHEN NEW.revision <> (SELECT revision + 1 FROM revision_counter) OR NEW.time < (SELECT last_time FROM revision_counter) OR NEW.ordinal <> (SELECT coalesce(max(ordinal) + 1, 0) FROM changes WHERE revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'rows of changes cannot be changed so'); END;
CREATE TRIGGER moved_models_next BEFORE INSERT ON moved_models WHEN NEW.revision <> (SELECT revision + 1 FROM revision_counter) OR NOT EXISTS (SELECT 1 FROM changes WHERE revision = NEW.revision AND ordinal = NEW.ordinal) BEGIN SELECT RAISE(ABORT, 'rows of moved_models cannot be changed so'); END;
CREATE TRIGGER refusals_next BEFORE INSERT ON refusals WHEN NEW.number <> coalesce((SELECT max(number) FROM refusals), (SELECT refused_trimmed FROM revision_counter)) + 1 OR NEW.number > (SELECT refused FROM revision_counter) BEGIN SELECT RAISE(ABORT, 'rows of refusals cannot be changed so'); END;
CREATE TRIGGER revision_counter_next BEFORE UPDATE OF revision, last_time ON revision_counter WHEN NEW.last_time < OLD.last_time OR NOT (NEW.revision = OLD.revision OR (NEW.revision = OLD.revision + 1 AND EXISTS (SELECT 1 FROM changes WHERE revision = NEW.revision))) BEGIN SELECT RAISE(ABORT, 'rows of revision_counter cannot be changed so'); END;
CREATE TRIGGER revision_counter_row BEFORE DELETE ON revision_counter WHEN OLD.id = 1 BEGIN SELECT RAISE(ABORT, 'rows of revision_counter cannot be changed so'); END;
CREATE TRIGGER revision_counter_one BEFORE INSERT ON revision_counter WHEN EXISTS (SELECT 1 FROM revision_counter) BEGIN SELECT RAISE(ABORT, 'rows of revision_counter cannot be changed so'); END;
CREATE TRIGGER revision_counter_age BEFORE UPDATE OF trimmed, refused_trimmed ON revision_counter WHEN 
(NEW.trimmed > OLD.trimmed OR NEW.refused_trimmed > OLD.refused_trimmed) AND (
    (SELECT audit_days FROM retention) = 0
    OR (SELECT time FROM changes WHERE revision <= NEW.trimmed AND revision > OLD.trimmed
        ORDER BY revision DESC LIMIT 1)
        > CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + 300000000 - (SELECT audit_days FROM retention) * 86400000000
    OR (SELECT time FROM refusals WHERE number <= NEW.refused_trimmed
        AND number > OLD.refused_trimmed ORDER BY number DESC LIMIT 1)
        > CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + 300000000 - (SELECT audit_days FROM retention) * 86400000000
)
 BEGIN SELECT RAISE(ABORT, 'rows of revision_counter cannot be changed so'); END;
CREATE TRIGGER retention_delete BEFORE DELETE ON retention WHEN OLD.id = 1 AND EXISTS (SELECT 1 FROM retention) BEGIN SELECT RAISE(ABORT, 'rows of retention cannot be changed so'); END;
CREATE TRIGGER retention_insert BEFORE INSERT ON retention WHEN NEW.id = 1 AND EXISTS (SELECT 1 FROM retention) BEGIN SELECT RAISE(ABORT, 'rows of retention cannot be changed so'); END;
COMMIT;
