import { allMutants } from "../../mutants/mod.ts";

export const subjects = allMutants.map(({ subject }) => subject);
