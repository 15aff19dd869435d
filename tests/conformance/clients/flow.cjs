// Every call that @think-it-labs/edc-connector-client has for EDC's Management API v3, on two participants.
// usage: node flow.cjs DESCRIPTION.json (NODE_PATH: the folder with the package); one JSON line a case on stdout.
"use strict";
const { readFileSync } = require("node:fs");
const { EdcConnectorClient, PolicyBuilder } = require("@think-it-labs/edc-connector-client");

const world = JSON.parse(readFileSync(process.argv[2], "utf8"));
const EDC = "https://w3id.org/edc/v0.0.1/ns/";
const clientOf = (party) =>
  new EdcConnectorClient.Builder()
    .apiToken(party.key)
    .managementUrl(`${party.management}/management`)
    .defaultUrl(`${party.management}/api`)
    .protocolUrl(party.protocol)
    .build();
const provider = clientOf(world.provider);
const consumer = clientOf(world.consumer);
const [offering, asking] = [provider.management, consumer.management];
const partner = { counterPartyAddress: world.provider.protocol, counterPartyId: world.provider.did };

function wanted(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

async function judge(name, call) {
  try {
    const value = await call();
    process.stdout.write(JSON.stringify({ case: name, ok: true }) + "\n");
    return value;
  } catch (error) {
    const why = `${error.type || error.name}: ${error.message}`.slice(0, 600);
    process.stdout.write(JSON.stringify({ case: name, ok: false, why }) + "\n");
    return undefined;
  }
}

// The client must see an error of this type whose text holds `words`.
async function refused(type, words, call) {
  try {
    await call();
  } catch (error) {
    wanted(error.type === type, `the error is ${error.type}, not ${type}: ${error.message}`);
    wanted(error.message.includes(words), `the error does not say ${words}: ${error.message}`);
    return;
  }
  throw new Error(`no error, ${type} was wanted`);
}

async function until(look, states, patience = 10000) {
  const end = Date.now() + patience;
  for (;;) {
    const { state } = await look();
    if (states.includes(state)) return state;
    wanted(Date.now() < end, `the state is ${state}, none of ${states}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const policyOf = (document) => new PolicyBuilder().type("Set").raw(document).build();
const byId = (id) => ({ filterExpression: [{ operandLeft: `${EDC}id`, operator: "=", operandRight: id }] });
const source = (path) => ({ type: "HttpData", baseUrl: `${world.backend}${path}`, proxyPath: "true" });

async function observability() {
  for (const check of ["checkHealth", "checkLiveness", "checkReadiness", "checkStartup"]) {
    await judge(`observability.${check}`, async () => {
      const health = await provider.observability[check]();
      wanted(health.isSystemHealthy === true, JSON.stringify(health));
    });
  }
}

async function assets() {
  await judge("assets.create", async () => {
    const properties = { name: "one", "http://purl.org/dc/terms/type": { "@id": "https://w3id.org/catenax/taxonomy#PcfExchange" } };
    const made = await offering.assets.create({ "@id": "asset-1", properties, privateProperties: { shelf: "a" }, dataAddress: source("/one") });
    wanted(made.id === "asset-1" && made.createdAt > 0, JSON.stringify(made));
  });
  await judge("assets.create: an id is taken", () =>
    refused("Duplicate", "asset/exists", () => offering.assets.create({ "@id": "asset-1", properties: {}, dataAddress: source("/") })));
  await judge("assets.create: a fault is told", () =>
    refused("BadRequest", "baseUrl", () => offering.assets.create({ properties: {}, dataAddress: { type: "HttpData", baseUrl: "nowhere" } })));
  await judge("assets.create: without an id", async () => {
    const made = await offering.assets.create({ properties: { name: "none" }, dataAddress: source("/two") });
    wanted(made.id.length > 8, JSON.stringify(made));
    await offering.assets.delete(made.id);
  });
  await judge("assets.get", async () => {
    const found = await offering.assets.get("asset-1");
    wanted(found.id === "asset-1" && found.properties.mandatoryValue("edc", "name") === "one", JSON.stringify(found));
    wanted(found.dataAddress.mandatoryValue("edc", "baseUrl") === `${world.backend}/one`, JSON.stringify(found));
  });
  await judge("assets.get: unknown", () => refused("NotFound", "asset/unknown", () => offering.assets.get("nothing")));
  await judge("assets.queryAll", async () => {
    wanted((await offering.assets.queryAll()).some((one) => one.id === "asset-1"), "the asset is not listed");
  });
  await judge("assets.queryAll: filter, sort, page", async () => {
    for (const name of ["b", "c", "a"]) await offering.assets.create({ "@id": `page-${name}`, properties: { name, batch: "7" }, dataAddress: source("/") });
    const filterExpression = [{ operandLeft: `${EDC}batch`, operator: "=", operandRight: "7" }];
    const page = await offering.assets.queryAll({ filterExpression, sortField: "name", sortOrder: "DESC", offset: 1, limit: 2 });
    wanted(page.map((one) => one.id).join() === "page-b,page-a", JSON.stringify(page));
    for (const name of ["a", "b", "c"]) await offering.assets.delete(`page-${name}`);
  });
  await judge("assets.queryAll: like, by a private property", async () => {
    const like = [{ operandLeft: "name", operator: "like", operandRight: "o%" }];
    wanted((await offering.assets.queryAll({ filterExpression: like })).length === 1, "like found another number than 1");
    const shelf = [{ operandLeft: "privateProperties.'shelf'", operator: "=", operandRight: "a" }];
    wanted((await offering.assets.queryAll({ filterExpression: shelf })).length === 1, "the private property was not found");
  });
  await judge("assets.update", async () => {
    await offering.assets.update({ "@id": "asset-1", properties: { name: "new" }, privateProperties: { shelf: "a" }, dataAddress: source("/one") });
    wanted((await offering.assets.get("asset-1")).properties.mandatoryValue("edc", "name") === "new", "nothing changed");
  });
  await judge("assets.update: unknown", () =>
    refused("NotFound", "asset/unknown", () => offering.assets.update({ "@id": "nothing", properties: {}, dataAddress: source("/") })));
}

async function policies() {
  await judge("policyDefinitions.create", async () => {
    const made = await offering.policyDefinitions.create({ "@id": "access-1", policy: policyOf(world.access) });
    wanted(made.id === "access-1", JSON.stringify(made));
    await offering.policyDefinitions.create({ "@id": "usage-1", policy: policyOf(world.usage) });
  });
  await judge("policyDefinitions.create: a fault is told", () =>
    refused("BadRequest", "odrl/", () => offering.policyDefinitions.create({ policy: policyOf({ permission: [{ action: "dance" }] }) })));
  await judge("policyDefinitions.get", async () => {
    const found = await offering.policyDefinitions.get("usage-1");
    wanted(found.policy.array("odrl", "permission").length === 1, JSON.stringify(found));
  });
  await judge("policyDefinitions.update", async () => {
    await offering.policyDefinitions.create({ "@id": "spare", policy: policyOf(world.access) });
    await offering.policyDefinitions.update("spare", { policy: policyOf(world.usage) });
    const found = await offering.policyDefinitions.get("spare");
    wanted(JSON.stringify(found).includes("UsagePurpose"), "nothing changed");
  });
  await judge("policyDefinitions.queryAll", async () => {
    wanted((await offering.policyDefinitions.queryAll()).length >= 3, "not all are listed");
    wanted((await offering.policyDefinitions.queryAll(byId("spare"))).length === 1, "the filter was not heeded");
  });
  await judge("policyDefinitions.delete", async () => {
    await offering.policyDefinitions.delete("spare");
    await refused("NotFound", "policy/unknown", () => offering.policyDefinitions.get("spare"));
  });
}

async function definitions() {
  const assetsSelector = [{ operandLeft: `${EDC}id`, operator: "=", operandRight: "asset-1" }];
  const input = { "@id": "definition-1", accessPolicyId: "access-1", contractPolicyId: "usage-1", assetsSelector };
  await judge("contractDefinitions.create", async () => {
    const made = await offering.contractDefinitions.create(input);
    wanted(made.id === "definition-1", JSON.stringify(made));
  });
  await judge("contractDefinitions.get", async () => {
    const found = await offering.contractDefinitions.get("definition-1");
    wanted(found.accessPolicyId === "access-1" && found.contractPolicyId === "usage-1", JSON.stringify(found));
    wanted(found.assetsSelector.length === 1, JSON.stringify(found));
  });
  await judge("contractDefinitions.update: by a private property", async () => {
    const shelf = [{ operandLeft: "shelf", operator: "=", operandRight: "a" }];
    await offering.contractDefinitions.update({ ...input, assetsSelector: shelf });
    const found = await offering.contractDefinitions.get("definition-1");
    wanted(JSON.stringify(found).includes("shelf"), JSON.stringify(found));
  });
  await judge("contractDefinitions.queryAll", async () => {
    const filterExpression = [{ operandLeft: "accessPolicyId", operator: "=", operandRight: "access-1" }];
    wanted((await offering.contractDefinitions.queryAll({ filterExpression })).length === 1, "not found");
    wanted((await offering.contractDefinitions.queryAll()).length === 1, "not listed");
  });
  await judge("policyDefinitions.delete: in use", () =>
    refused("Duplicate", "policy/in-use", () => offering.policyDefinitions.delete("access-1")));
}

async function catalogs() {
  const offer = await judge("catalog.request", async () => {
    const catalog = await asking.catalog.request(partner);
    const dataset = catalog.datasets.find((one) => one.id === "asset-1");
    wanted(dataset !== undefined && dataset.offers.length === 1, JSON.stringify(catalog));
    wanted(catalog.participantId === world.provider.did, `the participant is ${catalog.participantId}`);
    return dataset.offers[0];
  });
  await judge("catalog.request: filtered", async () => {
    const none = await asking.catalog.request({ ...partner, querySpec: byId("nothing") });
    wanted(none.datasets.length === 0, JSON.stringify(none));
  });
  await judge("catalog.queryAll", async () => {
    wanted((await asking.catalog.queryAll(partner)).datasets.length === 1, "not one dataset");
  });
  await judge("catalog.requestDataset", async () => {
    const dataset = await asking.catalog.requestDataset({ "@id": "asset-1", ...partner });
    wanted(dataset.id === "asset-1" && dataset.offers.length === 1, JSON.stringify(dataset));
  });
  return offer;
}

const offered = (offer, more = {}) =>
  new PolicyBuilder().type("Offer").raw({ ...offer, "@id": offer.id, assigner: world.provider.did, target: "asset-1", ...more }).build();

async function negotiations(offer) {
  const negotiations = asking.contractNegotiations;
  const made = await judge("contractNegotiations.initiate", async () => {
    const found = await negotiations.initiate({ ...partner, policy: offered(offer) });
    wanted(found.id.length > 8, JSON.stringify(found));
    return found;
  });
  await judge("contractNegotiations.getState", () => until(() => negotiations.getState(made.id), ["FINALIZED"]));
  const negotiation = await judge("contractNegotiations.get", async () => {
    const found = await negotiations.get(made.id);
    wanted(found.state === "FINALIZED" && found.contractAgreementId.length > 8, JSON.stringify(found));
    return found;
  });
  await judge("contractNegotiations.getAgreement", async () => {
    const found = await negotiations.getAgreement(made.id);
    wanted(found.id === negotiation.contractAgreementId && found.assetId === "asset-1", JSON.stringify(found));
    wanted(found.providerId === world.provider.did && found.consumerId === world.consumer.did, JSON.stringify(found));
    wanted(found.contractSigningDate > 1.6e9 && found.policy.permissions.length === 1, JSON.stringify(found));
  });
  await judge("contractNegotiations.queryAll: by EDC's number of a state", async () => {
    const filterExpression = [{ operandLeft: "state", operator: "=", operandRight: 1200 }];
    const found = await negotiations.queryAll({ filterExpression, sortField: "createdAt", sortOrder: "DESC" });
    wanted(found.length === 1 && found[0].id === made.id, JSON.stringify(found));
    wanted((await negotiations.queryAll()).length >= 1, "not listed");
  });
  await judge("contractNegotiations.initiate: refused by the partner, with its reason", async () => {
    const other = offered(offer, { "http://www.w3.org/ns/odrl/2/permission": [{ "http://www.w3.org/ns/odrl/2/action": [{ "@id": "http://www.w3.org/ns/odrl/2/use" }] }] });
    const refusedOne = await negotiations.initiate({ ...partner, policy: other });
    await until(() => negotiations.getState(refusedOne.id), ["TERMINATED"]);
    const told = (await negotiations.get(refusedOne.id)).optionalValue("edc", "errorDetail");
    wanted(told && told.length > 20, `errorDetail is ${told}`);
  });
  await judge("contractNegotiations.terminate: one that is over", () =>
    refused("Duplicate", "", () => negotiations.terminate(made.id, "too late")));
  await judge("contractNegotiations.terminate", async () => {
    const waiting = await negotiations.initiate({ counterPartyAddress: world.silent, counterPartyId: world.provider.did, policy: offered(offer) });
    await negotiations.terminate(waiting.id, "changed our mind");
    wanted(["TERMINATING", "TERMINATED"].includes((await negotiations.getState(waiting.id)).state), "not ended");
    const told = (await negotiations.get(waiting.id)).optionalValue("edc", "errorDetail");
    wanted(told.includes("changed our mind"), told);
  });
  return negotiation;
}

async function agreements(negotiation) {
  const id = negotiation.contractAgreementId;
  await judge("contractAgreements.queryAll", async () => {
    const filterExpression = [{ operandLeft: "assetId", operator: "=", operandRight: "asset-1" }];
    wanted((await asking.contractAgreements.queryAll({ filterExpression })).length === 1, "not found by its asset");
    wanted((await asking.contractAgreements.queryAll()).length === 1, "not listed");
  });
  await judge("contractAgreements.get", async () => {
    const found = await asking.contractAgreements.get(id);
    wanted(found.id === id && found.assetId === "asset-1", JSON.stringify(found));
  });
  await judge("contractAgreements.get: at the provider, under the same id", async () => {
    wanted((await offering.contractAgreements.get(id)).consumerId === world.consumer.did, "another consumer");
  });
  await judge("contractAgreements.getNegotiation", async () => {
    wanted((await asking.contractAgreements.getNegotiation(id)).id === negotiation.id, "another negotiation");
  });
  await judge("assets.delete: under contract", () =>
    refused("Duplicate", "asset/in-use", () => offering.assets.delete("asset-1")));
  return id;
}

async function transfers(contractId) {
  const processes = asking.transferProcesses;
  const input = { ...partner, contractId, assetId: "asset-1", transferType: "HttpData-PULL", dataDestination: { type: "HttpProxy" } };
  const made = await judge("transferProcesses.initiate", async () => {
    const found = await processes.initiate({ ...input, privateProperties: { order: "4711" } });
    wanted(found.id.length > 8, JSON.stringify(found));
    return found;
  });
  await judge("transferProcesses.getState", () => until(() => processes.getState(made.id), ["STARTED"]));
  await judge("transferProcesses.get", async () => {
    const found = await processes.get(made.id);
    wanted(found.state === "STARTED" && found.type === "CONSUMER" && found.contractId === contractId, JSON.stringify(found));
    wanted(found.assetId === "asset-1" && found.correlationId.length > 8 && found.createdAt > 0, JSON.stringify(found));
  });
  await judge("transferProcesses.queryAll", async () => {
    const filterExpression = [{ operandLeft: "contractAgreementId", operator: "=", operandRight: contractId }];
    wanted((await processes.queryAll({ filterExpression })).length === 1, "not found by its contract");
    const started = [{ operandLeft: "state", operator: "=", operandRight: 600 }];
    wanted((await processes.queryAll({ filterExpression: started })).length === 1, "not found by EDC's number of its state");
    wanted((await processes.queryAll()).length === 1, "not listed");
  });
  await edrs(made.id, contractId);
  await judge("transferProcesses.deprovision: under way", () =>
    refused("Duplicate", "transfer/", () => processes.deprovision(made.id)));
  await judge("transferProcesses.terminate", async () => {
    await processes.terminate(made.id, "all is here");
    await until(() => processes.getState(made.id), ["TERMINATED"]);
    wanted((await processes.get(made.id)).errorDetail.includes("all is here"), "the reason is lost");
  });
  await judge("transferProcesses.deprovision", () => processes.deprovision(made.id));
  await judge("transferProcesses.initiate: unknown contract", () =>
    refused("NotFound", "agreement", () => processes.initiate({ ...input, contractId: "nothing" })));
}

async function edrs(transferId, contractId) {
  await judge("edrs.request", async () => {
    const filterExpression = [{ operandLeft: "agreementId", operator: "=", operandRight: contractId }];
    const [found] = await asking.edrs.request({ filterExpression });
    wanted(found.transferProcessId === transferId && found.agreementId === contractId, JSON.stringify(found));
    wanted(found.assetId === "asset-1" && found.providerId === world.provider.did, JSON.stringify(found));
    wanted(found.contractNegotiationId.length > 8 && found.createdAt > 0, JSON.stringify(found));
  });
  await judge("edrs.dataAddress, and the data with its token", async () => {
    const address = await asking.edrs.dataAddress(transferId);
    const endpoint = address.mandatoryValue("edc", "endpoint");
    const authorization = address.mandatoryValue("edc", "authorization");
    const answer = await fetch(`${endpoint}/part`, { headers: { authorization } });
    const text = await answer.text();
    wanted(answer.status === 200 && text === "the bytes of /one/part", `${answer.status} ${text}`);
  });
  await judge("edrs.delete", async () => {
    await asking.edrs.delete(transferId);
    await refused("NotFound", "edr/", () => asking.edrs.dataAddress(transferId));
  });
}

async function rest() {
  await judge("dataplanes.list", async () => {
    const [plane] = await offering.dataplanes.list();
    wanted(plane.url.startsWith("http"), JSON.stringify(plane));
    wanted(JSON.stringify(plane).includes("HttpData-PULL"), JSON.stringify(plane));
  });
  const secrets = offering.secrets;
  for (const [name, call] of Object.entries({
    create: () => secrets.create({ "@id": "s1", value: "v" }),
    get: () => secrets.get("s1"),
    update: () => secrets.update({ "@id": "s1", value: "w" }),
    delete: () => secrets.delete("s1"),
  })) {
    await judge(`secrets.${name}: not offered, and says so`, () => refused("Unknown", "management/not-offered", call));
  }
  await judge("contractDefinitions.delete", async () => {
    await offering.contractDefinitions.delete("definition-1");
    await refused("NotFound", "contract-definition/unknown", () => offering.contractDefinitions.get("definition-1"));
    wanted((await asking.catalog.request(partner)).datasets.length === 0, "the offer is still shown");
  });
  await judge("assets.delete", async () => {
    await offering.assets.create({ "@id": "spare", properties: {}, dataAddress: source("/") });
    await offering.assets.delete("spare");
    await refused("NotFound", "asset/unknown", () => offering.assets.get("spare"));
  });
  await judge("a wrong key is told", () =>
    refused("Unknown", "key/", () => clientOf({ ...world.provider, key: "wrong" }).management.assets.queryAll()));
}

(async () => {
  wanted(EdcConnectorClient.version() === world.version, `the client is ${EdcConnectorClient.version()}`);
  await observability();
  await assets();
  await policies();
  await definitions();
  const offer = await catalogs();
  const negotiation = await negotiations(offer);
  const contract = await agreements(negotiation);
  await transfers(contract);
  await rest();
})().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
