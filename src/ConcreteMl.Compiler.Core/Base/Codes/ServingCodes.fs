/// Diagnostic codes 64xx: servers of encrypted inference and their clients.
module ConcreteMl.Compiler.Core.Base.Codes.ServingCodes

let private requests: Code list =
    [
        code
            "CML6401"
            "client not known"
            "The server knows its clients by bearer tokens; this request has none, or one that the server does not know. Without any tokens a server answers the requests of its own machine alone."
            "A request without the header Authorization."
            "Send Authorization: Bearer TOKEN; for remote, set CONCRETEML_TOKEN."
        code
            "CML6402"
            "no such model"
            "The server has no model of that name."
            "POST /v2/models/digit/infer"
            "GET /v2/models lists the names."
        code
            "CML6403"
            "no such evaluation key"
            "The client has stored no evaluation key of that name for this model. Other clients' keys are not visible."
            "X-Key-Id with the name of a key that was deleted."
            "Send the key first: PUT /v2/models/NAME/keys/ID."
        code
            "CML6404"
            "key under another name than its hash"
            "An evaluation key is stored under the SHA-256 of its bytes; the bytes that arrived have another one."
            "PUT /v2/models/digits/keys/ID with a key that was made again meanwhile."
            "Hash the file that is sent, for example with sha256sum."
        code
            "CML6405"
            "queue full"
            "The server takes in no more than a bounded number of requests, of all clients and of one, so that its memory stays bounded."
            "A hundred requests at once to a server with places for 64."
            "Try again after the time that Retry-After names."
        code
            "CML6406"
            "client's share used up"
            "A client may store a bounded number of keys and jobs, and all keys together take a bounded part of the disk."
            "A seventeenth evaluation key of one client."
            "Delete what is not needed any more."
        code
            "CML6407"
            "no such job"
            "The client has no job of that name: it was deleted, its time is over, or it is another client's."
            "GET /v2/jobs/ID a week later."
            "GET /v2/jobs lists the client's jobs."
        code
            "CML6408"
            "job without a result"
            "The job waits, runs, failed, or was cancelled."
            "GET /v2/jobs/ID/result right after the job was accepted."
            "Ask for /v2/jobs/ID until its state is done."
    ]

let private servers: Code list =
    [
        code
            "CML6409"
            "failure in the server"
            "Something went wrong in the server that is not the client's doing; the server's log says what."
            "A disk that breaks during a run."
            "Try again, and tell the server's owner."
        code
            "CML6410"
            "server is stopping"
            "The server finishes what it runs and takes in nothing new."
            "A request while the server is being replaced."
            "Try again after the time that Retry-After names."
        code
            "CML6411"
            "request not understood"
            "A part of the request is missing or has no meaning, or its body came too slowly."
            "POST /v2/models/digits/infer without X-Key-Id."
            "Send what the message names; docs/serving.md describes every request."
        code
            "CML6412"
            "server not reached"
            "The server did not answer, or answered something that is not this protocol."
            "remote with the address of a server that does not run."
            "Check the address, and GET /v2/health/ready."
        code
            "CML6413"
            "settings of a server out of range"
            "The server does not start with a setting that cannot work."
            "serve --workers 0"
            "Correct the setting that the message names."
        code
            "CML6414"
            "store in use"
            "A server's folder of keys and jobs is used by another process, cannot be written, or is damaged."
            "Two servers with the same --store."
            "Stop the other server, or give this one a folder of its own; the message says what helps otherwise."
        code
            "CML6415"
            "store cannot be used"
            "The server could not write a key, a job or its result, for example because its disk is full. A job that was accepted before has failed."
            "An evaluation key that is sent to a full disk."
            "Try again later, and tell the server's owner."
        code
            "CML6416"
            "client half not served"
            "The server has the model, but not the half that its clients need."
            "serve digits.server in a folder without digits.client."
            "Ask the model's owner for the client's half."
        code
            "CML6417"
            "name of another request"
            "A client names its request for a job by Idempotency-Key; sent again, it is answered with the same job. The name came a second time, with other inputs, another key or another model."
            "Two different jobs with the header Idempotency-Key: 1."
            "Choose a random name for every job, and repeat it only with the same bytes."
    ]

let all: Code list = List.concat [ requests; servers ]
