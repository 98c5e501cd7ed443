// Problems in the shape of the Cloud API, for whatever goes wrong below its paths.
import type { Problem } from '../http/problem.ts'
import { CLOUD_ERRORS, type CloudErrorCode, cloudErrorBody, cloudErrorOf } from '../rules/cloud-errors.ts'

/** `/v21.0/…`: version 15 to 25 and whatever comes, since nothing that is taken here differs between them. */
const PATH = /^\/v\d{1,2}\.\d(\/|$)/

export function isCloudPath(path: string): boolean {
  return PATH.test(path)
}

/** Null for a path that is none of the Cloud API's. */
export function refuseInCloudShape(path: string, problem: Problem, requestId: string): Response | null {
  if (!isCloudPath(path)) return null
  const given = problem.more.fields?.cloud as CloudErrorCode | undefined
  const code = given ?? cloudErrorOf(problem.code)
  const noSuchObject = code === 100 && problem.status === 404
  // What is wrong with the request itself keeps its own status: too large, no length, nothing there.
  const own = given === undefined && code === 100 && problem.status !== 422
  const body = cloudErrorBody(code, { details: problem.message, traceId: requestId, noSuchObject })
  return Response.json(body, {
    status: own ? problem.status : CLOUD_ERRORS[code][0],
    headers: { ...problem.more.headers },
  })
}
