"""Every call the real provider can make for the resources in scope, by API version (openapi-contract.md, appendix B).

The coverage page compares it with the table of actions: what is missing here is missing knowingly.
"""

CALLS: dict[str, str] = {
    "2020-06-16": """
        CreateLoadBalancer GetLoadBalancerAttribute UpdateLoadBalancerAttribute UpdateLoadBalancerEdition
        UpdateLoadBalancerZones UpdateLoadBalancerAddressTypeConfig EnableDeletionProtection
        DisableDeletionProtection EnableLoadBalancerIpv6Internet DisableLoadBalancerIpv6Internet
        EnableLoadBalancerAccessLog DisableLoadBalancerAccessLog DeleteLoadBalancer ListAsynJobs
        MoveResourceGroup TagResources UnTagResources ListTagResources CreateServerGroup ListServerGroups
        ListServerGroupServers UpdateServerGroupAttribute AddServersToServerGroup RemoveServersFromServerGroup
        DeleteServerGroup CreateListener GetListenerAttribute UpdateListenerAttribute UpdateListenerLogConfig
        StartListener StopListener DeleteListener AssociateAclsWithListener DissociateAclsFromListener
        AssociateAdditionalCertificatesWithListener DissociateAdditionalCertificatesFromListener
        ListListenerCertificates CreateRule ListRules UpdateRuleAttribute DeleteRule CreateSecurityPolicy
        ListSecurityPolicies UpdateSecurityPolicyAttribute DeleteSecurityPolicy CreateAcl ListAcls
        UpdateAclAttribute AddEntriesToAcl RemoveEntriesFromAcl ListAclEntries DeleteAcl DescribeZones
    """,
    "2020-04-07": """
        UploadUserCertificate GetUserCertificateDetail DeleteUserCertificate
    """,
    "2018-08-13": """
        CreateCertificateName
    """,
    "2020-06-30": """
        CreateRootCACertificate CreateSubCACertificate DescribeCACertificate UpdatePcaCertificate
        CreateClientCertificate DescribeClientCertificate UploadPcaCertToCas CreateRevokeClientCertificate
        DeleteClientCertificate MoveResourceGroup TagResources UntagResources
    """,
    "2015-01-09": """
        AddDomain DescribeDomainInfo UpdateDomainRemark ChangeDomainGroup DeleteDomain TagResources
        UntagResources ListTagResources AddDomainRecord DescribeDomainRecordInfo SetDomainRecordStatus
        UpdateDomainRecordRemark UpdateDomainRecord DeleteDomainRecord
    """,
    "2016-04-28": """
        CreateVpc CreateDefaultVpc DescribeVpcAttribute DescribeRouteTableList ModifyVpcAttribute
        ModifyRouteTableAttributes AssociateVpcCidrBlock UnassociateVpcCidrBlock EnableVpcClassicLink
        DisableVpcClassicLink MoveResourceGroup TagResources UnTagResources DeleteVpc CreateVSwitch
        CreateDefaultVSwitch DescribeVSwitchAttributes ModifyVSwitchAttribute DeleteVSwitch DescribeNatGateways
    """,
    "2014-05-26": """
        CreateSecurityGroup DescribeSecurityGroups DescribeSecurityGroupAttribute ModifySecurityGroupAttribute
        ModifySecurityGroupPolicy JoinResourceGroup TagResources UntagResources DeleteSecurityGroup
        AuthorizeSecurityGroup AuthorizeSecurityGroupEgress ModifySecurityGroupRule
        ModifySecurityGroupEgressRule RevokeSecurityGroup RevokeSecurityGroupEgress RunInstances
        DescribeInstances DescribeDisks DescribeUserData DescribeInstanceRamRole DescribeNetworkInterfaces
        DescribeInstanceMaintenanceAttributes DescribeInstanceAttribute DescribeInstanceAutoRenewAttribute
        DescribeInstanceAttachmentAttributes DescribeInstanceTypes DeleteInstance StopInstance StartInstance
        RebootInstance JoinSecurityGroup LeaveSecurityGroup ModifyDiskSpec ResizeDisk ApplyAutoSnapshotPolicy
        ModifyDiskAttribute ModifyInstanceAttribute ModifyInstanceAutoReleaseTime ReplaceSystemDisk
        ModifyInstanceVpcAttribute ModifyInstanceSpec ModifyPrepayInstanceSpec ModifyInstanceChargeType
        ModifyInstanceNetworkSpec AllocatePublicIpAddress ModifyInstanceAutoRenewAttribute
        AssignPrivateIpAddresses UnassignPrivateIpAddresses AssignIpv6Addresses UnassignIpv6Addresses
        ModifyInstanceDeployment ModifyInstanceMaintenanceAttributes ModifyInstanceMetadataOptions AttachKeyPair
        DetachKeyPair ModifyInstanceAttachmentAttributes AttachInstanceRamRole DetachInstanceRamRole
        DescribeAvailableResource DescribeZones DescribeRegions
    """,
    "2015-04-01": """
        GetCallerIdentity
    """,
    "2015-06-12": """
        DescribeEndpoints
    """,
    "2017-12-14": """
        QueryAvailableInstances
    """,
    "2020-03-31": """
        ListResourceGroups GetResourceGroup
    """,
    "2016-01-20": """
        Decrypt
    """,
    "2015-12-15": """
        GET·/clusters GET·/clusters/{id} GET·/clusters/{id}/nodes GET·/clusters/{id}/endpoints
        GET·/k8s/{id}/user_config
    """,
    "2021-10-01": """
        CreatePostpaidInstance DescribeInstance ReleaseInstance CreateDefenseTemplate DescribeDefenseTemplate
        DescribeTemplateResources ModifyDefenseTemplate ModifyDefenseTemplateStatus ModifyTemplateResources
        DeleteDefenseTemplate CreateDefenseRule DescribeDefenseRule ModifyDefenseRule ModifyDefenseRuleStatus
        DeleteDefenseRule
    """,
}
"""API version -> action names, separated by blanks; a ROA call is `METHOD·/path`."""
